import { sql } from "drizzle-orm";
import type { Reader } from "../db/client.ts";
import { type MemberStatus, memberStatuses } from "../db/schema.ts";

export interface BoxFigures {
  boxes: number;
  bytes: number;
}

/** What the dashboard counts. Bytes are of those mailboxes that were measured; `measured` says how many. */
export interface Figures {
  statuses: Partial<Record<MemberStatus, number>>;
  /** Invitations whose mail came back or was given up. */
  undelivered: number;
  native: BoxFigures;
  imap: BoxFigures;
  measured: number;
  /** Nothing was counted further than the cap. */
  capped?: boolean;
}

/** An exact count of a million would cost more than the page: one more than this means "more than that". */
export const figureCap = 10_000;

/**
 * Counts an account: its members by status off their index, mailboxes in use (B4), their storage. `most`: nothing is counted
 * further than one more than this, so that a page can ask; without it every row counts, which is for a job.
 */
export async function countFigures(reader: Reader, accountId: string, most?: number): Promise<Figures> {
  const limit = most === undefined ? sql`` : sql`limit ${sql.raw(String(most + 1))}`;
  const upTo = (rows: ReturnType<typeof sql>) => sql`(select count(*)::int from (select 1 from ${rows} ${limit}) x)`;
  const counts = memberStatuses.map(
    (status) => sql`${sql.raw(`'${status}'`)},
      ${upTo(sql`members where account_id = ${accountId} and status = ${sql.raw(`'${status}'`)}`)}`,
  );
  const [found] = await reader.execute<{ figures: Figures }>(sql`
    with boxes as materialized (
      select id, kind from mailboxes where account_id = ${accountId} and archived_at is null ${limit}
    ), sums as (
      select kind, count(*)::int as boxes, coalesce(sum(u.bytes), 0)::float8 as bytes, count(u.bytes)::int as measured
      from boxes b left join mailbox_usage u on u.mailbox_id = b.id group by kind
    ), nothing as (select 0 as boxes, 0 as bytes)
    select json_build_object(
      'statuses', json_build_object(${sql.join(counts, sql`, `)}),
      'undelivered', ${upTo(sql`members where account_id = ${accountId} and status = 'invited' and delivery in ('bounced', 'failed')`)},
      'native', (select row_to_json(s) from (select boxes, bytes from sums where kind = 'native' union all select * from nothing limit 1) s),
      'imap', (select row_to_json(s) from (select boxes, bytes from sums where kind = 'imap' union all select * from nothing limit 1) s),
      'measured', coalesce((select sum(measured)::int from sums), 0)
    ) as figures`);
  return { ...found!.figures, capped: most !== undefined };
}

/** Whether any of the counts stopped at the cap: the account is large, and is counted by a job. */
export const isCapped = ({ statuses, native, imap }: Figures): boolean =>
  [...Object.values(statuses), native.boxes + imap.boxes].some((count) => count > figureCap);
