import { sql } from "drizzle-orm";
import type { MailKind, MailStatus } from "../mail/outbox.ts";
import { ask, askOne } from "./ask.ts";
import { mostCounted, plainError } from "./queue.ts";

export interface MailFacts extends Record<string, unknown> {
  /** In the queue. */
  waiting: number;
  /** Not let into the queue yet: one of very many (R26). */
  held: number;
  /** Cut off after their text was handed over; tried again. */
  unknown: number;
  /** Of the last seven days. */
  failed: number;
  bounced: number;
  /** Of the last 24 hours. */
  sent: number;
  /** Seconds for which the server has not taken what was tried; null where it takes mail. */
  failingSeconds: number | null;
  /** What it said, or what kept us from it. */
  reply: string;
}

const week = sql`created_at > now() - interval '7 days'`;
/** A mail whose reason was gone is no failure. */
const meant = sql`reply is distinct from 'not needed any more'`;
const upTo = (condition: ReturnType<typeof sql>) =>
  sql`(select count(*)::int from (select 1 from mails where ${condition} limit ${mostCounted + 1}) x)`;

/**
 * How mails fare. The server fails from the moment on in which it took the last one, while others were tried and not taken:
 * neither one troublesome address nor one that is asked to wait (450 to 452) looks like a server that is away.
 */
export async function mailFacts(): Promise<MailFacts | undefined> {
  const facts = await askOne<MailFacts>(sql`
    with tried as (
      select created_at, started_at, reply from (
        select * from mails where status = 'queued' and not held order by created_at limit 1000) q
      where attempts > 0 and reply is not null and reply !~ '^45[012]'
    ), taken as (
      select max(finished_at) as at from (
        select finished_at from mails where status = 'sent' order by created_at desc limit 50) s
    )
    select ${upTo(sql`status = 'queued' and not held`)} as waiting, ${upTo(sql`held`)} as held,
      ${upTo(sql`status = 'unknown'`)} as unknown,
      ${upTo(sql`status = 'failed' and ${meant} and ${week}`)} as failed,
      ${upTo(sql`status = 'bounced' and ${week}`)} as bounced,
      ${upTo(sql`status = 'sent' and created_at > now() - interval '1 day'`)} as sent,
      (select extract(epoch from now() - greatest(min(tried.created_at), (select at from taken)))::int from tried
        having coalesce((select at from taken) < max(tried.started_at), count(*) > 0)) as "failingSeconds",
      coalesce((select reply from tried order by started_at desc limit 1), '') as reply`);
  return facts && { ...facts, reply: plainError(facts.reply) };
}

export interface TroubledMail extends Record<string, unknown> {
  id: string;
  kind: MailKind;
  status: MailStatus;
  attempts: number;
  /** Only where it was to go, not to whom: whoever runs the installation is not a reader of its people. */
  domain: string;
  reply: string;
  at: string;
}

/** The newest mails that did not arrive, or may not have. */
export async function troubledMails(): Promise<TroubledMail[] | undefined> {
  const found = await ask<TroubledMail>(sql`
    select id, kind, status, attempts, coalesce(split_part(sent_to, '@', 2), '') as domain, coalesce(reply, '') as reply,
      to_char(created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as at
    from (
      (select * from mails where status = 'failed' and ${week} and ${meant} order by created_at desc limit 20)
      union all (select * from mails where status = 'bounced' and ${week} order by created_at desc limit 20)
      union all (select * from mails where status = 'unknown' order by created_at desc limit 20)
    ) m order by created_at desc limit 20`);
  return found?.map((mail) => ({ ...mail, reply: plainError(mail.reply) }));
}
