import { sql } from "drizzle-orm";
import { config } from "../config.ts";
import { db, type Tx } from "../db/client.ts";
import { later } from "../db/later.ts";
import type { MailOrder } from "./outbox.ts";

/**
 * Orders a mail about each of very many rows, in one statement. They are let into the queue at a set rate, behind all other
 * mails (R26). What follows in the transaction does not wait for it.
 */
export async function holdMails(tx: Tx, order: Omit<MailOrder, "subjectId">, subjectIds: string[]): Promise<void> {
  const insert = sql`
    insert into mails (kind, account_id, subject_id, data, held)
    select ${order.kind}, ${order.accountId ?? null}::uuid, id, ${JSON.stringify(order.data ?? {})}::jsonb, true
    from unnest(${sql.param(subjectIds)}::uuid[]) id`;
  later(tx, (tx) => tx.execute(insert));
}

/** The same where each says something of its own, or is to be found again. Returns the ids of the mails, in their order. */
export function holdEach(
  tx: Tx,
  { kind, accountId }: Pick<MailOrder, "kind" | "accountId">,
  orders: Pick<MailOrder, "subjectId" | "data">[],
): string[] {
  const ids = orders.map(() => crypto.randomUUID() as string);
  later(tx, (tx) =>
    tx.execute(sql`
      insert into mails (id, kind, account_id, subject_id, data, held)
      select o.id, ${kind}, ${accountId ?? null}::uuid, o.subject_id, o.data, true
      from unnest(${sql.param(ids)}::uuid[], ${sql.param(orders.map(({ subjectId }) => subjectId))}::uuid[],
        ${sql.param(orders.map(({ data = {} }) => data))}::jsonb[]) o (id, subject_id, data)`),
  );
  return ids;
}

/** After every other mail: a smaller number goes first. */
const priority = 10;

/**
 * Lets the held mails of the next minute into the queue, the oldest first, spread over that minute: MAILS_PER_SECOND.
 * Nothing while more than two minutes' worth wait there already (the mail server is slow or away), and nothing that has
 * been held for a week: a restored backup does not repeat old news (R25). Returns how many. Two at once take turns, and the
 * second finds enough waiting.
 */
export function releaseMails(): Promise<number> {
  const perMinute = config.MAILS_PER_SECOND * 60;
  return db.transaction(async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended('release held mails', 0))`);
    await tx.execute(sql`
      update mails set held = false, status = 'failed', reply = 'too old to be sent', finished_at = now()
      where id in (select id from mails where held and created_at < now() - interval '7 days' limit 10000)`);
    const [waiting] = await tx.execute<{ n: number }>(sql`
      select count(*)::int as n from (
        select 1 from graphile_worker._private_jobs where priority = ${priority} limit ${2 * perMinute}) x`);
    if (waiting!.n > perMinute) return 0;
    const [released] = await tx.execute<{ n: number }>(sql`
      with next as (
        select id, row_number() over (order by created_at, id) - 1 as place from mails
        where held order by created_at, id limit ${perMinute}
      ), freed as (
        update mails m set held = false, released_at = now() from next where m.id = next.id returning m.id, next.place
      ), specs as (
        select array_agg(row('send_mail', json_build_object('v', 1, 'mailId', id), null,
          now() + make_interval(secs => place::float / ${config.MAILS_PER_SECOND}::int), 9, null, ${priority}::int, null
        )::graphile_worker.job_spec) as specs, count(*)::int as n
        from freed
      )
      select n from specs where n = 0 or exists (select 1 from graphile_worker.add_jobs(specs))`);
    return released?.n ?? 0;
  });
}
