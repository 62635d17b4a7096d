import { sql } from "drizzle-orm";
import { db } from "../db/client.ts";
import { deriveDays } from "./derive.ts";

/** The last account of a batch, and how many there were. */
interface Batch {
  last: string | null;
  accounts: number;
}

/**
 * Notes for some accounts how many members had each status at the end of yesterday (UTC). A day is written only where it
 * differs from the one before, so an account of one person takes a row a year; whoever reads carries the last one on. An
 * account without any is given its past first. `after`: the account that the batch before ended with.
 */
export function noteDay(after: string | null, size: number): Promise<Batch> {
  return db.transaction(async (tx) => {
    await tx.execute(sql`set local max_parallel_workers_per_gather = 0`);
    const found = await tx.execute<{ id: string }>(sql`
      select id from accounts where deleted_at is null and ${after === null ? sql`true` : sql`id > ${after}::uuid`}
      order by id limit ${size}`);
    const ids = found.map(({ id }) => id);
    if (ids.length === 0) return { last: null, accounts: 0 };

    await deriveDays(tx, ids);
    const these = sql`${sql.param(ids)}::uuid[]`;
    await tx.execute(sql`
      with counted as (
        select account_id, status, count(*)::int as n from members where account_id = any(${these}) group by 1, 2
      ), today as (select account_id, jsonb_object_agg(status, n) as figures from counted group by 1)
      insert into daily_figures (account_id, day, figures)
      select t.account_id, (now() at time zone 'UTC')::date - 1, t.figures from today t
      where t.figures is distinct from (
        select d.figures from daily_figures d where d.account_id = t.account_id order by d.day desc limit 1)
      on conflict (account_id, day) do nothing`);
    return { last: ids.at(-1)!, accounts: ids.length };
  });
}
