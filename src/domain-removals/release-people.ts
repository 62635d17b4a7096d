import { type SQL, sql } from "drizzle-orm";
import { db, type Tx } from "../db/client.ts";
import type { Domain } from "../domains/queries.ts";

type Ended = Pick<Domain, "accountId" | "name" | "shownName">;

/** Whom the account manages through a domain: by the address, whatever their place in the account. */
const managed = ({ accountId, name }: Ended, before: SQL = sql`true`) =>
  sql`u.corporate_account_id = ${accountId} and split_part(u.email, '@', 2) = ${name} and ${before}`;

/** How many people become ordinary users when the domain is deleted, up to `cap` + 1. */
export async function countManaged(tx: Pick<Tx, "execute">, domain: Ended, cap: number): Promise<number> {
  const [row] = await tx.execute<{ people: number }>(
    sql`select count(*)::int as people from (select 1 from users u where ${managed(domain)} limit ${cap + 1}) x`,
  );
  return row!.people;
}

/**
 * Makes a batch of a deleted domain's corporate users ordinary ones (X2): nobody manages their profile any more, so a
 * profile that this account had switched off is theirs again. Places and grants are not touched; each is told once. In one
 * statement; returns how many, fewer than `size` when none is left. `taken`: only those taken in before that moment, so
 * that people whom a later claim of the same name took in stay.
 */
export async function releasePeople(tx: Tx, domain: Ended, size: number, taken?: Date): Promise<number> {
  const before = taken
    ? sql`coalesce(u.corporate_since, '-infinity') <= ${taken.toISOString()}::timestamptz`
    : undefined;
  const data = JSON.stringify({ domain: domain.shownName });
  const rows = await tx.execute(sql`
    with chosen as (
      select u.id from users u where ${managed(domain, before)} order by u.id limit ${size} for update
    ), freed as (
      update users u set corporate_account_id = null, corporate_since = null, corporate_run_id = null,
        disabled_at = case when exists (select 1 from members m where m.user_id = u.id
          and m.account_id = ${domain.accountId} and m.status = 'removed') then null else disabled_at end
      from chosen where u.id = chosen.id returning u.id
    ), places as (
      update members m set corporate = false, version = m.version + 1
      from freed where m.user_id = freed.id and m.account_id = ${domain.accountId} and m.corporate
    ), told as (
      insert into mails (kind, account_id, subject_id, data, held)
      select 'no_longer_managed', ${domain.accountId}, freed.id,
        ${data}::jsonb || jsonb_build_object('account', a.name), true
      from freed, accounts a where a.id = ${domain.accountId}
    )
    select id from freed`);
  return rows.length;
}

/** One batch in a transaction of its own, for the job: of a domain that was deleted. */
export function releaseBatch(domain: Ended & { endedAt: Date | null }, size: number): Promise<number> {
  if (!domain.endedAt) return Promise.resolve(0);
  const { endedAt } = domain;
  return db.transaction((tx) => releasePeople(tx, domain, size, endedAt));
}
