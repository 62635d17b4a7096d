import { and, eq, isNull, sql } from "drizzle-orm";
import { assign, copied, markCorporate } from "../belonging/assign.ts";
import { inAccount } from "../belonging/in-account.ts";
import type { OpenRule } from "../belonging/rule.ts";
import { leaveGone } from "../belonging/take-in.ts";
import type { Tx } from "../db/client.ts";
import { later } from "../db/later.ts";
import { accounts, domains, users } from "../db/schema.ts";
import { holdMails } from "../mail/held.ts";
import { holdRoom } from "../plans/room.ts";
import { advance, batchSize, Halt, heldBatchSize } from "../runs/advance.ts";
import type { Run } from "../runs/queries.ts";

/** What becomes of somebody with an address in the domain; exactly one of these. */
export type Category = "taken" | "here" | "elsewhere" | "unproven" | "disabled";

/**
 * The same as a column for a select from `users u`. D6, T18, T28: only a proven address counts, and nobody is taken from
 * another account that lives.
 */
export const categoryIn = (accountId: string) => sql<Category>`case
  when u.disabled_at is not null then 'disabled'
  when u.email_proven_at is null then 'unproven'
  when u.corporate_account_id is null then 'taken'
  when u.corporate_account_id = ${accountId} then 'here'
  when exists (select 1 from accounts o where o.id = u.corporate_account_id and o.deleted_at is null) then 'elsewhere'
  else 'taken' end`;

interface Looked extends Record<string, unknown> {
  id: string;
  category: Category;
  moved: boolean;
  copied: string;
}

/** Somebody of the batch was changed while it was prepared: it begins again, and this time holds them from the start. */
export class Changed extends Error {}

/**
 * Takes in the next people of the domain, by id: in one short transaction, in statements about all of them (A34, A35, A38).
 * Their own rows are marked, and so locked, at its end only; `hold` locks them from the beginning, and puts up with places
 * that others give them meanwhile, which otherwise end the batch. That the domain is active is looked at last and held to the
 * end: nobody is taken in after it was deactivated (T31), and whoever deactivates it does not wait for a batch. Returns the
 * run as it stands then.
 */
export async function assignBatch(tx: Tx, run: Run, hold: boolean): Promise<Run | "over"> {
  const { rule, name, author } = await ruleOf(tx, run);
  if (rule.personalMailboxes) holdRoom(tx, run.accountId);
  const people = (await tx.execute(sql`
    select u.id, ${categoryIn(run.accountId)} as category, u.corporate_account_id is not null as moved, ${copied}::text as copied
    from users u
    where split_part(u.email, '@', 2) = ${name} and u.id > ${run.cursor ?? "00000000-0000-0000-0000-000000000000"}
    order by u.id limit ${hold ? heldBatchSize : batchSize}
    ${hold ? sql`for no key update of u` : sql``}`)) as unknown as Looked[];
  const last = people.at(-1);
  if (!last) return "over";

  const counts: Record<string, number> = {};
  for (const { category } of people) counts[category] = (counts[category] ?? 0) + 1;
  const taken = people.filter(({ category }) => category === "taken");
  if (taken.length > 0) Object.assign(counts, await take(tx, run, rule, name, author, taken, !hold));
  await assertActive(tx, run);
  return advance(tx, run, { cursor: last.id, looked: people.length, counts });
}

async function take(tx: Tx, run: Run, rule: OpenRule, name: string, author: Author, taken: Looked[], hasty: boolean) {
  const ids = taken.map(({ id }) => id);
  const moved = taken.filter((person) => person.moved).map(({ id }) => id);
  if (moved.length > 0) later(tx, (tx) => leaveGone(tx, run.accountId, moved));
  const { kept, ...given } = await assign(tx, author, rule, ids, run.id, hasty);
  await holdMails(tx, { kind: "taken_in", accountId: run.accountId, data: { domain: rule.domain } }, ids);

  const still = sql`split_part(u.email, '@', 2) = ${name} and ${categoryIn(run.accountId)} = 'taken'`;
  const marked = await markCorporate(tx, rule, ids, run.id, still);
  if (marked.count < ids.length) throw new Changed();
  const before = taken.reduce((all, { copied }) => all ^ BigInt(copied), 0n);
  if (BigInt(marked.copied) !== before) later(tx, (tx) => copyNames(tx, run, ids));
  return { members: kept, ...given };
}

/** Who changed their name while the batch was prepared could not see their new place yet: it is put right under the lock. */
const copyNames = (tx: Tx, run: Run, ids: string[]) =>
  tx.execute(sql`
    update members set first_name = f.first_name, last_name = f.last_name, last_sign_in_at = f.last_sign_in_at
    from (
      select place.id, u.first_name, u.last_name, u.last_sign_in_at from users u cross join lateral (
        select m.id from members m
        where m.user_id = u.id and ${inAccount(run.accountId)} and m.run_id = ${run.id} and m.status <> 'removed'
          and (m.first_name, m.last_name, m.last_sign_in_at) is distinct from (u.first_name, u.last_name, u.last_sign_in_at)
        limit 1
      ) place
      where u.id = any(${sql.param(ids)}::uuid[])
    ) f
    where members.id = f.id`);

/** The domain's rule as the account wants it now, and in whose name the log says it. */
async function ruleOf(tx: Tx, run: Run): Promise<{ rule: OpenRule; name: string; author: Author }> {
  const [found] = await tx
    .select({ domain: domains, account: accounts, starter: users.email })
    .from(domains)
    .innerJoin(accounts, and(eq(accounts.id, domains.accountId), isNull(accounts.deletedAt)))
    .leftJoin(users, eq(users.id, run.startedBy ?? sql`null::uuid`))
    .where(and(eq(domains.accountId, run.accountId), eq(domains.id, run.domainId), eq(domains.status, "active")));
  if (!found) throw new Halt("not_active");
  // Not stopped: it goes on when the account is restored.
  if (found.account.suspendedAt) throw new Halt();
  const { domain, account, starter } = found;
  return {
    name: domain.name,
    author: { userId: run.startedBy, accountId: run.accountId, label: starter ?? "Muster" },
    rule: {
      kind: "open",
      domainId: domain.id,
      domain: domain.shownName,
      accountId: account.id,
      accountName: account.name,
      personalMailboxes: account.personalMailboxes,
      personalMailboxRole: account.personalMailboxRole,
    },
  };
}

type Author = { userId: string | null; accountId: string; label: string };

async function assertActive(tx: Tx, run: Run): Promise<void> {
  const [active] = await tx.execute(sql`
    select 1 from domains d join accounts a on a.id = d.account_id and a.deleted_at is null
    where d.id = ${run.domainId} and d.status = 'active' and d.ended_at is null
    for share of d`);
  if (!active) throw new Halt("not_active");
}
