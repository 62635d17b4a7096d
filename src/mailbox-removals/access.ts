import { and, eq, isNull, sql } from "drizzle-orm";
import { type Actor, can } from "../access/actor.ts";
import { grantCounts } from "../access/counts.ts";
import { type Permission, type SystemRole, systemRoles } from "../access/permissions.ts";
import { assertHoldsAll } from "../access/policy.ts";
import type { Tx } from "../db/client.ts";
import { later } from "../db/later.ts";
import { mailboxes } from "../db/schema.ts";
import { living } from "../holders/counts.ts";
import { Forbidden, Invalid } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import type { Mailbox } from "../mailboxes/queries.ts";
import { tellAccess } from "./tell.ts";

/** Everything that grants on this mailbox give, whoever holds them. */
async function givenOn(tx: Tx, mailbox: Mailbox): Promise<Set<Permission>> {
  const rows = await tx.execute<{ permission: Permission | null; role: SystemRole | null }>(sql`
    select distinct coalesce(g.permission, p.permission) as permission, g.system_role as role
    from grants g
    left join role_permissions p on p.account_id = g.account_id and p.role_id = g.role_id and p.ended_at is null
    where g.account_id = ${mailbox.accountId} and g.mailbox_id = ${mailbox.id} and ${grantCounts()}`);
  return new Set(
    rows.flatMap(({ permission, role }) => [
      ...(permission ? [permission] : []),
      ...(role ? systemRoles[role].permissions : []),
    ]),
  );
}

/** D9, for all of a mailbox's grants at once: nobody ends or gives what they do not hold there. */
async function assertMayMove(tx: Tx, actor: Actor, from: Mailbox, onto: Mailbox[]): Promise<void> {
  const given = [...(await givenOn(tx, from))];
  for (const { id } of onto) {
    if (given.length > 0 && !can(actor, "members.grant", id) && !can(actor, "users.edit")) {
      throw new Forbidden(t("You may not change who has access to this mailbox."));
    }
    assertHoldsAll(
      actor,
      given.map((permission) => ({ permission, mailboxId: id })),
    );
  }
}

/** Ends every grant on the mailbox now; a restoration brings none of them back. Returns how many people had one. */
export async function endAccessTo(tx: Tx, actor: Actor, mailbox: Mailbox): Promise<number> {
  await assertMayMove(tx, actor, mailbox, [mailbox]);
  await tellAccess(tx, actor, mailbox, null);
  return endAll(tx, actor, mailbox, "mailbox deleted");
}

/**
 * Gives everybody with a grant on the mailbox the same on another one of the account, and ends it here. What somebody holds
 * there already stays as it is. Throws Invalid about `target` where that is no mailbox in use. Returns the other mailbox, and
 * how many people it was.
 */
export async function handAccessOver(tx: Tx, actor: Actor, mailbox: Mailbox, address: string) {
  const [target] = await tx
    .select()
    .from(mailboxes)
    .where(and(eq(mailboxes.accountId, actor.accountId), eq(mailboxes.address, address), isNull(mailboxes.archivedAt)))
    .orderBy(sql`${mailboxes.kind} = 'imap'`)
    .limit(1)
    .for("share");
  if (!target) throw new Invalid("target", t("No mailbox of this account that is in use has this address."));
  if (target.id === mailbox.id) throw new Invalid("target", t("This is the mailbox that is to be deleted."));
  await assertMayMove(tx, actor, mailbox, [mailbox, target]);
  await tellAccess(tx, actor, mailbox, target);
  later(tx, (tx) =>
    tx.execute(sql`
      insert into grants (account_id, member_id, mailbox_id, system_role, role_id, permission, source, granted_by, ends_at)
      select g.account_id, g.member_id, ${target.id}, g.system_role, g.role_id, g.permission, 'direct', ${actor.userId}::uuid, g.ends_at
      from grants g
      join members m on m.account_id = g.account_id and m.id = g.member_id and m.status = any(${sql.param(living)}::text[])
      where g.account_id = ${actor.accountId} and g.mailbox_id = ${mailbox.id} and ${grantCounts()}
      on conflict do nothing`),
  );
  return { target, people: await endAll(tx, actor, mailbox, "handed over") };
}

async function endAll(tx: Tx, actor: Actor, mailbox: Mailbox, reason: string): Promise<number> {
  const [row] = await tx.execute<{ people: number }>(sql`
    with ended as (
      update grants set ended_at = now(), ended_by = ${actor.userId}::uuid, end_reason = ${reason}
      where account_id = ${actor.accountId} and mailbox_id = ${mailbox.id} and ended_at is null
      returning member_id
    ), raised as (
      update members set version = version + 1 where id in (select member_id from ended) returning 1
    )
    select count(*)::int as people from raised`);
  return row!.people;
}
