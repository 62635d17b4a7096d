import { sql } from "drizzle-orm";
import { db, type Tx } from "../db/client.ts";
import { grantsWithEnd } from "./end-grants.ts";
import { type Passing, tellOf } from "./tell.ts";

/** Seven days before, and on the last day: once each, by the database's clock. */
const due = (until: string, told: string) =>
  sql.raw(`${until} > now() and ${until} <= now() + interval '7 days' and (${told} is null
    or ${told} < ${until} - interval '7 days' or (${until} <= now() + interval '1 day' and ${told} < ${until} - interval '1 day'))`);

/**
 * Tells a batch of those whose place or right ends soon, and whoever gave it. The commit that orders the letters writes down
 * that they went. Returns how many; fewer than `size` means none is left.
 */
export function remindEnds(size = 100): Promise<number> {
  return db.transaction(async (tx) => {
    const guests = await guestsNear(tx, size);
    const grants = await grantsNear(tx, size);
    await tellOf(tx, "near", [...guests, ...grants]);
    return Math.max(guests.length, grants.length);
  });
}

async function guestsNear(tx: Tx, size: number): Promise<Passing[]> {
  const rows = await tx.execute<
    Record<"accountId" | "memberId" | "email" | "name" | "until", string> & Record<"userId" | "by", string | null>
  >(sql`
    update members m set guest_told_at = now() where m.id in (
      select id from members where ${due("guest_until", "guest_told_at")} and status in ('active', 'waiting')
      order by guest_until limit ${size} for update skip locked)
    returning m.account_id as "accountId", m.id as "memberId", m.email, m.user_id as "userId", m.invited_by as by,
      coalesce(nullif(btrim(m.first_name || ' ' || m.last_name), ''), m.email) as name, m.guest_until as until`);
  return rows.map((row) => ({ ...row, until: new Date(row.until) }));
}

async function grantsNear(tx: Tx, size: number): Promise<Passing[]> {
  const rows = await tx.execute<{ id: string }>(sql`
    update grants set end_told_at = now() where id in (
      select g.id from grants g join members m on m.id = g.member_id and m.status in ('active', 'waiting')
      where g.ended_at is null and ${due("g.ends_at", "g.end_told_at")}
      order by g.ends_at limit ${size} for update of g skip locked)
    returning id`);
  if (rows.length === 0) return [];
  const ids = sql.param(rows.map(({ id }) => id));
  return grantsWithEnd(tx, sql`g.id = any(${ids}::uuid[])`);
}
