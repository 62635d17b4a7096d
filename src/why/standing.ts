import { sql } from "drizzle-orm";
import type { EventName } from "../audit/events.ts";
import type { Reader } from "../db/client.ts";
import type { MemberStatus } from "../db/schema.ts";
import { accountCounts, guestCounts, inStateSince, type Moment, memberCounts, statusAt, userCounts } from "./counts.ts";
import { authorOf, nameOf } from "./paths.ts";

/** Whether a member could use what they hold, and what each condition says: since when, and by whom (empty: nobody known). */
export interface Standing {
  counts: boolean;
  /** Null: they were not in the account yet, or not any more in a way that was written down. */
  status: MemberStatus | null;
  /** Since when the status was that, where it is known. */
  since: Date | null;
  by: string;
  /** The time as a guest was not over. */
  guest: boolean;
  guestUntil: Date | null;
  guestBy: string;
  /** The profile was not switched off. */
  user: boolean;
  userSince: Date | null;
  userBy: string;
  /** The account was neither deleted nor suspended. */
  account: boolean;
  deletedSince: Date | null;
  suspendedSince: Date | null;
  accountBy: string;
}

interface Row extends Record<string, unknown> {
  standing: { [K in keyof Standing]: Standing[K] extends Date | null ? string | null : Standing[K] };
}

/** What begins a status that stops somebody. Expired and declined invitations need nobody to be named. */
const beginnings: EventName[] = [
  ...(["member.blocked", "member.removed", "member.left", "invite.revoked", "invite.sent"] as const),
];
const limits: EventName[] = [
  "member.guest_changed",
  "member.restored",
  "invite.drafted",
  "invite.sent",
  "user.created",
];

/** How a member of the account stood at that moment. */
export async function standingOf(reader: Reader, accountId: string, memberId: string, at: Moment): Promise<Standing> {
  const moment = at ? at.toISOString() : "infinity";
  const by = (subject: string, names: EventName[], since: string) =>
    authorOf(accountId, sql.raw(subject), names, sql.raw(since));
  const limiter = sql`(select ${nameOf("lu")} from events e join users lu on lu.id = e.actor_id
    where e.account_id = ${accountId} and e.subject_id = s.id::text and e.name = any(${sql.param(limits)}::text[])
      and e.after ->> 'guestUntil' is not null and e.at <= ${moment}::timestamptz order by e.id desc limit 1)`;
  const [row] = await reader.execute<Row>(sql`
    with s as (
      select m.id, m.user_id, m.account_id, m.guest_until, coalesce(${memberCounts(at)}, false) as counts,
        ${statusAt(at)} as status, ${guestCounts(at)} as guest, ${userCounts(at)} as can_sign_in, ${accountCounts(at)} as open,
        coalesce((select p.started_at from past_states p where p.subject_id = m.id and p.kind = 'member'
            and p.started_at <= ${moment}::timestamptz and p.ended_at > ${moment}::timestamptz order by p.id desc limit 1),
          m.status_since, case when m.status = 'active' then m.joined_at else m.ended_at end, m.created_at) as since,
        ${inStateSince("x.disabled_at", "user", "x.id", "disabled", at)} as disabled_since,
        ${inStateSince("a.deleted_at", "account", "a.id", "deleted", at)} as deleted_since,
        ${inStateSince("a.suspended_at", "account", "a.id", "suspended", at)} as suspended_since
      from members m join accounts a on a.id = m.account_id left join users x on x.id = m.user_id
      where m.account_id = ${accountId} and m.id = ${memberId})
    select json_build_object('counts', s.counts, 'status', s.status, 'since', s.since,
      'by', case when s.status = 'active' then '' else coalesce(${by("s.id", beginnings, "s.since")}, '') end,
      'guest', s.guest, 'guestUntil', s.guest_until, 'guestBy', case when s.guest then '' else coalesce(${limiter}, '') end,
      'user', s.can_sign_in, 'userSince', s.disabled_since, 'userBy', coalesce(
        ${by("s.id", ["member.removed"], "s.disabled_since")}, ${by("s.user_id", ["user.deleted"], "s.disabled_since")}, ''),
      'account', s.open, 'deletedSince', s.deleted_since, 'suspendedSince', s.suspended_since, 'accountBy', coalesce(
        ${by("s.account_id", ["account.deleted"], "s.deleted_since")},
        ${by("s.account_id", ["account.suspended"], "s.suspended_since")}, '')) as standing
    from s`);
  const { standing } = row!;
  const time = (text: string | null) => (text === null ? null : new Date(text));
  return {
    ...standing,
    since: time(standing.since),
    guestUntil: time(standing.guestUntil),
    userSince: time(standing.userSince),
    deletedSince: time(standing.deletedSince),
    suspendedSince: time(standing.suspendedSince),
  };
}
