import { sql } from "drizzle-orm";
import type { Reader } from "../db/client.ts";
import type { MemberStatus } from "../db/schema.ts";
import { accountCounts, guestCounts, type Moment, memberCounts, statusAt, userCounts } from "./counts.ts";

/** Whether a member could use what they hold, and what each condition says. */
export interface Standing {
  counts: boolean;
  /** Null: they were not in the account yet, or not any more in a way that was written down. */
  status: MemberStatus | null;
  /** Since when the status was that, where it is known. */
  since: Date | null;
  /** The time as a guest was not over. */
  guest: boolean;
  guestUntil: Date | null;
  /** The profile was not switched off. */
  user: boolean;
  /** The account was neither deleted nor suspended. */
  account: boolean;
}

interface Row extends Record<string, unknown> {
  standing: { [K in keyof Standing]: Standing[K] extends Date | null ? string | null : Standing[K] };
}

/** How a member of the account stood at that moment. */
export async function standingOf(reader: Reader, accountId: string, memberId: string, at: Moment): Promise<Standing> {
  const moment = at ? at.toISOString() : "infinity";
  const [row] = await reader.execute<Row>(sql`
    select json_build_object('counts', coalesce(${memberCounts(at)}, false), 'status', ${statusAt(at)}, 'guest', ${guestCounts(at)},
      'guestUntil', m.guest_until, 'user', ${userCounts(at)}, 'account', ${accountCounts(at)},
      'since', coalesce((select p.started_at from past_states p where p.subject_id = m.id and p.kind = 'member'
          and p.started_at <= ${moment}::timestamptz and p.ended_at > ${moment}::timestamptz order by p.id desc limit 1),
        m.status_since, case when m.status = 'active' then m.joined_at else m.ended_at end, m.created_at)) as standing
    from members m where m.account_id = ${accountId} and m.id = ${memberId}`);
  const { since, guestUntil, ...rest } = row!.standing;
  return { ...rest, since: since ? new Date(since) : null, guestUntil: guestUntil ? new Date(guestUntil) : null };
}
