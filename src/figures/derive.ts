import { sql } from "drizzle-orm";
import type { Tx } from "../db/client.ts";

/** How far back the past is made up: as far as the dashboard looks, and a month more. */
export const derivedDays = 400;

/**
 * Gives accounts that have no figures of any day their past, from what their members' rows and the log still say: when each
 * came, arrived, was blocked, left. Who was blocked and let in again, or came back after leaving, counts as if that had not
 * been. Only days on which something changed are written, today not among them.
 */
export async function deriveDays(tx: Tx, accountIds: string[]): Promise<void> {
  const first = sql`(now() at time zone 'UTC')::date - ${sql.raw(String(derivedDays))}`;
  await tx.execute(sql`
    with these as materialized (
      select id from unnest(${sql.param(accountIds)}::uuid[]) a (id)
      where not exists (select from daily_figures d where d.account_id = a.id)
    ), lives as (
      select m.account_id, m.status, m.corporate, m.created_at as made,
        case when m.status = 'blocked' then coalesce(b.at, m.joined_at, m.created_at)
          when m.status in ('removed', 'declined', 'revoked', 'expired') then coalesce(m.ended_at, m.created_at) end as stopped,
        case when m.status = 'active' then coalesce(m.joined_at, m.created_at)
          when m.status in ('blocked', 'removed') then m.joined_at end as came
      from these
      join members m on m.account_id = these.id
      left join lateral (select max(e.at) as at from events e where m.status = 'blocked' and e.account_id = m.account_id
        and e.subject_id = m.id::text and e.name = 'member.blocked') b on true
    ), spans as (
      select l.account_id, s.* from lives l cross join lateral (values
        (case when l.status in ('draft', 'invited', 'waiting') then l.status when l.corporate then 'waiting' else 'invited' end,
          l.made, coalesce(l.came, l.stopped)),
        ('active', l.came, l.stopped),
        (l.status, l.stopped, null)
      ) s (status, since, until) where s.since is not null and (s.until is null or s.until > s.since)
    ), changes as (
      select account_id, status, day, sum(n)::int as n from (
        select account_id, status, greatest((since at time zone 'UTC')::date, ${first}) as day, 1 as n from spans
        union all
        select account_id, status, greatest((until at time zone 'UTC')::date, ${first}), -1 from spans where until is not null
      ) x where day < (now() at time zone 'UTC')::date group by 1, 2, 3
    ), sums as (
      select d.account_id, d.day, s.status,
        sum(c.n) over (partition by d.account_id, s.status order by d.day) as n
      from (select distinct account_id, day from changes) d
      join (select distinct account_id, status from changes) s using (account_id)
      left join changes c using (account_id, day, status)
    )
    insert into daily_figures (account_id, day, figures)
    select account_id, day, coalesce(jsonb_object_agg(status, n) filter (where n > 0), '{}') from sums group by 1, 2
    on conflict (account_id, day) do nothing`);
}
