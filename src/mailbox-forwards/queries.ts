import { and, asc, eq, gt, isNull, or, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { config } from "../config.ts";
import { db, type Reader } from "../db/client.ts";
import { mailboxForwards } from "../db/schema.ts";
import { Invalid, NotFound } from "../http/errors.ts";
import { uuidOr404 } from "../http/ids.ts";
import { t } from "../i18n/t.ts";
import { hosted } from "../mail-addresses/delivered.ts";
import { reachedFrom } from "../mail-addresses/loops.ts";
import type { Mailbox } from "../mailboxes/queries.ts";
import type { Days } from "./forms.ts";

export type Forward = typeof mailboxForwards.$inferSelect;

/** So many a mailbox has at most, at a time. */
export const mostForwards = 20;

const days = (actor: Pick<Actor, "timeZone">) => ({
  from: sql<string>`to_char(${mailboxForwards.startsAt} at time zone ${actor.timeZone}, 'YYYY-MM-DD')`,
  until: sql<string>`coalesce(to_char((${mailboxForwards.endsAt} - interval '1 second') at time zone ${actor.timeZone}, 'YYYY-MM-DD'), '')`,
  begun: sql<boolean>`${mailboxForwards.startsAt} <= now()`,
});

const ofMailbox = ({ accountId, id }: Mailbox) =>
  and(eq(mailboxForwards.accountId, accountId), eq(mailboxForwards.mailboxId, id));

/** The forwards of a mailbox that are not over, with their days in the reader's time zone. */
export const listForwards = (actor: Pick<Actor, "timeZone">, mailbox: Mailbox, reader: Reader = db) =>
  reader
    .select({ forward: mailboxForwards, ...days(actor) })
    .from(mailboxForwards)
    .where(
      and(
        ofMailbox(mailbox),
        isNull(mailboxForwards.endedAt),
        or(isNull(mailboxForwards.endsAt), gt(mailboxForwards.endsAt, sql`now()`)),
      ),
    )
    .orderBy(asc(mailboxForwards.address));

/** One forward of a mailbox, over or not, with its days; else 404. */
export async function findForward(actor: Pick<Actor, "timeZone">, mailbox: Mailbox, id: string, reader: Reader = db) {
  const [found] = await reader
    .select({ forward: mailboxForwards, ...days(actor) })
    .from(mailboxForwards)
    .where(and(ofMailbox(mailbox), eq(mailboxForwards.id, uuidOr404(id))));
  if (!found) throw new NotFound();
  return found;
}

/** The instants that two days mean in the actor's time zone. Throws Invalid("until", …) for a time that is over, or none. */
export async function instantsOf(reader: Reader, { timeZone }: Actor, { from, until }: Days, since?: Date) {
  const [at] = await reader.execute<{ starts: string; ends: string | null; good: boolean }>(sql`
    select starts, ends, ends is null or (ends > starts and ends > now()) as good from (select
      coalesce((nullif(${from}, '')::date)::timestamp at time zone ${timeZone}, ${since?.toISOString() ?? null}::timestamptz, now()) as starts,
      (nullif(${until}, '')::date + 1)::timestamp at time zone ${timeZone} as ends) d`);
  if (!at!.good) throw new Invalid("until", t("This day is over, or before the first one."));
  return { startsAt: new Date(at!.starts), endsAt: at!.ends ? new Date(at!.ends) : null };
}

/**
 * Whether mail to an address leaves the account: it is in no domain of the account and no mailbox of it, or it comes to such
 * an address by an alias, a group or a forward.
 */
export async function isOutside(reader: Reader, accountId: string, address: string): Promise<boolean> {
  const [outside] = await reader.execute(sql`
    ${reachedFrom([address])}
    select 1 from reached r where not exists (
      select from mailboxes b where b.account_id = ${accountId} and b.address = r.address and ${hosted}
    ) and not exists (
      select from domains d where d.account_id = ${accountId} and d.name = split_part(r.address, '@', 2)
        and d.name <> ${config.MAIL_DOMAIN} and d.ended_at is null and d.status in ('verified', 'active')
    ) limit 1`);
  return Boolean(outside);
}
