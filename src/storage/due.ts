import { sql } from "drizzle-orm";
import { isSuspended } from "../access/suspended.ts";
import { config } from "../config.ts";
import { db } from "../db/client.ts";
import type { ImapCode } from "../imap/error.ts";
import { measureMailbox } from "./measure.ts";

interface Due extends Record<string, unknown> {
  id: string;
  host: string;
}

const batch = 200;
/** So many hosts at once, and so many mailboxes of one host: a mail server is a guest's house. */
const hostsAtOnce = 6;
const perHost = 2;
/** After one of these the other mailboxes of a host are left for later: it is the host. */
const ofHost: (ImapCode | null | undefined)[] = ["timeout", "refused", "no_such_host", "certificate", "busy"];

/**
 * Measures what is due, batch after batch, until nothing is or `enough` says so. What it takes is not due for a quarter of an hour, so
 * of two at once none does the other's, and what a dead worker took comes again.
 */
export async function measureDue(enough: () => boolean): Promise<void> {
  for (let due = await take(); due.length && !enough(); due = await take()) {
    const byHost = Map.groupBy(due, ({ host }) => host);
    await atOnce([...byHost.values()], hostsAtOnce, (boxes) => measureHost(boxes, enough));
    if (due.length < batch) return;
  }
}

async function measureHost(boxes: Due[], enough: () => boolean): Promise<void> {
  let away = false;
  await atOnce(boxes, perHost, async ({ id }) => {
    if (!away && !enough()) away = ofHost.includes(await measureMailbox(id));
  });
}

/** Works through a list, `lanes` at a time. */
async function atOnce<T>(list: T[], lanes: number, work: (each: T) => Promise<void>): Promise<void> {
  const left = [...list];
  const lane = async () => {
    for (let each = left.shift(); each; each = left.shift()) await work(each);
  };
  await Promise.all(Array.from({ length: Math.min(lanes, list.length) }, lane));
}

/** Native mailboxes are all of one host: the mail server of the installation. */
const take = async (): Promise<Due[]> => [
  ...(await db.execute<Due>(sql`
    with due as (
      select u.mailbox_id from mailbox_usage u where u.next_at <= now()
      order by u.next_at limit ${batch} for update skip locked
    ), taken as (
      update mailbox_usage u set next_at = now() + interval '15 minutes' from due
      where u.mailbox_id = due.mailbox_id returning u.mailbox_id
    )
    select m.id, coalesce(s.host, '') as host from taken
    join mailboxes m on m.id = taken.mailbox_id and m.archived_at is null
      and not ${isSuspended(sql`m.account_id`)}
    left join imap_sources s on s.mailbox_id = m.id`)),
];

/**
 * Begins to measure mailboxes that nobody measures yet, up to `size` of them, spread over the hours until their next turn;
 * native ones only where the console may read the mail server. How many it were.
 */
export async function adoptMailboxes(size: number): Promise<number> {
  const rows = await db.execute(sql`
    insert into mailbox_usage (mailbox_id, account_id, next_at)
    select m.id, m.account_id, now() + random() * make_interval(hours => ${config.STORAGE_HOURS}::int)
    from mailboxes m
    where m.archived_at is null and not exists (select 1 from mailbox_usage u where u.mailbox_id = m.id)
      and (m.kind = 'imap' or ${config.MAIL_SERVER_IMAP !== ""})
    limit ${size}
    on conflict do nothing
    returning 1`);
  return rows.length;
}
