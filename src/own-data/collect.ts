import { type SQL, sql } from "drizzle-orm";
import { db } from "../db/client.ts";

/** One part of what is kept about somebody: rows as they are handed out. */
export interface Part {
  key: string;
  rows: Record<string, unknown>[];
  /** There are more than are handed out. */
  more: boolean;
}

/** Of each part at most so many, the newest first: more is for no reader. */
export const mostRows = 10_000;

/**
 * Everything about one person, part by part. Of others there is nothing but the names under which they stand in the person's
 * own acts; secrets and hashes are not in it.
 */
const parts = (userId: string): [key: string, rows: SQL][] => [
  [
    "profile",
    sql`select u.email, u.email_proven_at, u.first_name, u.last_name, u.locale, u.time_zone, u.region, u.phone, u.created_at,
      u.last_sign_in_at, c.name as managed_by, u.corporate_since, u.notifications
      from users u left join accounts c on c.id = u.corporate_account_id where u.id = ${userId}`,
  ],
  [
    "memberships",
    sql`select a.name as account, m.email, m.first_name, m.last_name, m.status, m.corporate, m.invited_at, m.message,
      m.joined_at, m.guest_until, m.ended_at, m.last_sign_in_at, m.created_at
      from members m join accounts a on a.id = m.account_id where m.user_id = ${userId} and m.status <> 'draft'
      order by m.created_at desc`,
  ],
  [
    "rights",
    sql`select a.name as account, b.name as mailbox, coalesce(g.system_role, r.name, g.permission) as held, g.source,
      g.granted_at, g.ends_at, g.ended_at, g.end_reason
      from members m join accounts a on a.id = m.account_id join grants g on g.member_id = m.id
      left join mailboxes b on b.id = g.mailbox_id left join roles r on r.id = g.role_id
      where m.user_id = ${userId} and m.status <> 'draft' order by g.granted_at desc`,
  ],
  [
    "invitations",
    sql`select a.name as account, m.status, m.message, m.invited_at, m.expires_at
      from users u join members m on m.email = u.email and m.status in ('invited', 'declined')
      join accounts a on a.id = m.account_id where u.id = ${userId} order by m.invited_at desc`,
  ],
  [
    "sessions",
    sql`select s.created_at, s.expire as expires_at, s.sess ->> 'ip' as ip, s.sess ->> 'userAgent' as device
      from sessions s where s.user_id = ${userId} order by s.created_at desc`,
  ],
  [
    "sign_ins",
    sql`select s.at, s.method, s.outcome, s.ip, s.country, s.user_agent as device, s.new_device
      from sign_ins s where s.user_id = ${userId} order by s.id desc`,
  ],
  [
    "trusted_devices",
    sql`select d.created_at, d.last_used_at, d.ends_at, d.user_agent as device
      from trusted_devices d where d.user_id = ${userId} order by d.created_at desc`,
  ],
  [
    "notifications",
    sql`select a.name as account, n.kind, n.created_at, n.read_at
      from notifications n left join accounts a on a.id = n.account_id where n.user_id = ${userId} order by n.created_at desc`,
  ],
  [
    "mails",
    sql`select l.kind, l.status, l.sent_to, l.created_at, l.finished_at from users u join mails l on l.subject_id = u.id
        or l.subject_id in (select m.id from members m where m.user_id = u.id)
      where u.id = ${userId} and (l.sent_to = u.email or l.data ->> 'userId' = u.id::text) order by l.created_at desc`,
  ],
  [
    "what_i_did",
    sql`select e.at, a.name as account, e.name as what, e.subject_label as about, e.ip
      from events e left join accounts a on a.id = e.account_id
      where e.actor_id = ${userId} and (e.account_id is null
        or e.account_id in (select m.account_id from members m where m.user_id = ${userId})) order by e.id desc`,
  ],
  [
    "what_was_done_about_me",
    sql`select e.at, a.name as account, e.name as what from events e join accounts a on a.id = e.account_id
      join members m on m.account_id = e.account_id and m.user_id = ${userId}
      where e.subject_id in (m.id::text, ${userId}) and e.actor_id is distinct from ${userId} order by e.id desc`,
  ],
  [
    "mailboxes",
    sql`select a.name as account, b.name, b.address, b.kind, b.created_at, b.archived_at, b.deleted_at
      from mailboxes b join accounts a on a.id = b.account_id where b.personal_user_id = ${userId} order by b.created_at desc`,
  ],
  [
    "api_clients",
    sql`select a.name as account, c.name, c.client_id, c.scopes, c.created_at, c.last_used_at, c.ended_at
      from api_clients c join accounts a on a.id = c.account_id where c.created_by = ${userId} order by c.created_at desc`,
  ],
];

/** Reads all of it, one part after the other. */
export async function collectData(userId: string): Promise<Part[]> {
  const found: Part[] = [];
  for (const [key, query] of parts(userId)) {
    const rows = await db.execute<Record<string, unknown>>(sql`select * from (${query}) p limit ${mostRows + 1}`);
    found.push({ key, rows: rows.slice(0, mostRows), more: rows.length > mostRows });
  }
  return found;
}
