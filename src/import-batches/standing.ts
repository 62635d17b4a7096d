import { sql } from "drizzle-orm";
import { type Actor, can, withinScopes } from "../access/actor.ts";
import { actorOf, loadVisitor } from "../access/load-actor.ts";
import type { Reader, Tx } from "../db/client.ts";
import { Changed, Halt, type Import } from "./step.ts";

/**
 * Who started an import, with what they hold at this moment: not what they held when it was uploaded, checked or started
 * (T85). A program has no more of it than its token was for. Stops it where they may not run one any more, left the account, or are disabled.
 */
export async function starterOf(reader: Reader, run: Import): Promise<Actor> {
  const visitor = run.startedBy ? await loadVisitor(run.startedBy, run.accountId, reader) : undefined;
  // Not stopped: it goes on when the account is restored.
  if (visitor?.account?.id === run.accountId && visitor.account.suspended) throw new Halt();
  const maker = visitor && actorOf(visitor, {});
  const actor = maker && withinScopes(maker, run.scopes);
  const creates = (run.counts.create ?? 0) > 0;
  if (
    !actor ||
    actor.accountId !== run.accountId ||
    !can(actor, "imports.run") ||
    (creates && !can(actor, "users.create"))
  ) {
    throw new Halt("rights_lost");
  }
  return actor;
}
/** Where an account creates people now, and with which role they own their personal mailbox. */
export interface Domains {
  names: string[];
  personalMailboxRole: string;
}

/** The active domains of the account. An import of an account that is gone stops. */
export async function domainsOf(tx: Tx, run: Import): Promise<Domains> {
  const [found] = await tx.execute<{ names: string[]; role: string }>(sql`
    select a.personal_mailbox_role as role, array(select d.name from domains d
      where d.account_id = a.id and d.status = 'active' and d.ended_at is null) as names
    from accounts a where a.id = ${run.accountId} and a.deleted_at is null`);
  if (!found) throw new Halt("rights_lost");
  return { names: found.names, personalMailboxRole: found.role };
}

/**
 * T31: looked at last and held to the end, so that nobody is created after a deactivation, and whoever deactivates does not
 * wait for a batch. Where one is not active any more the batch begins again, without it.
 */
export async function assertStillActive(tx: Tx, run: Import, emails: string[]): Promise<void> {
  const used = [...new Set(emails.map((email) => email.slice(email.lastIndexOf("@") + 1)))];
  if (used.length === 0) return;
  const held = await tx.execute(sql`
    select d.id from domains d join accounts a on a.id = d.account_id and a.deleted_at is null
    where d.account_id = ${run.accountId} and d.name = any(${sql.param(used)}::text[]) and d.status = 'active' and d.ended_at is null
    order by d.id for share of d`);
  if (held.length < used.length) throw new Changed();
}
