import { type SQL, sql } from "drizzle-orm";
import { db, type Reader } from "../db/client.ts";
import type { Locale } from "../i18n/t.ts";
import type { Actor } from "./actor.ts";
import { grantCounts, memberCounts } from "./counts.ts";
import { hasFactor } from "./has-factor.ts";
import { type Permission, type SystemRole, systemRoles } from "./permissions.ts";
import type { SessionPolicy } from "./session-times.ts";

/** The person behind a session, and their place in the account that the session is at (none: `member` is null). */
export interface Visitor {
  userId: string;
  email: string;
  firstName: string;
  lastName: string;
  locale: Locale;
  timeZone: string;
  region: string;
  instanceAdmin: boolean;
  corporateAccountId: string | null;
  unread: number;
  account: {
    id: string;
    name: string;
    memberId: string;
    accounts: number;
    title: string;
    sessions: SessionPolicy;
    /** The name of its picture (`/logos/…`), empty for none. */
    logo: string;
    suspended: boolean;
    /** Since when, or from when on, the account asks for the second factor that the visitor lacks; null: it does not, or they have one. */
    factorWanted: { from: string; due: boolean } | null;
  } | null;
  permissions: Set<Permission>;
  mailboxPermissions: Map<string, Set<Permission>>;
  /** What the mailboxes are called on which the visitor holds something. */
  mailboxNames: Map<string, string>;
  /** All of the above as the database wrote it; only of the visitor whom a request has loaded. */
  written?: string;
}

export interface Row extends Record<string, unknown> {
  user_id: string;
  email: string;
  first_name: string;
  last_name: string;
  locale: Locale;
  time_zone: string;
  region: string;
  instance_admin: boolean;
  corporate_account_id: string | null;
  unread: number;
  account_id: string | null;
  account_name: string | null;
  session_idle_minutes: number | null;
  session_hours: number | null;
  logo: string | null;
  suspended: boolean;
  factor_wanted: { from: string; due: boolean } | null;
  member_id: string | null;
  accounts: number;
  held:
    | {
        m: string | null;
        n: string | null;
        s: SystemRole | null;
        r: string | null;
        p: Permission | null;
        l: string | null;
      }[]
    | null;
}

/**
 * The user, the member in the chosen account (else the account they used last, else the oldest), and everything that
 * member holds. Rights are never kept in the session, so a change counts at the next click (T38).
 */
export const visitorRow = (user: SQL, account: SQL): SQL => sql`
    select u.id as user_id, u.email, u.first_name, u.last_name, u.locale, u.time_zone, u.region, u.instance_admin,
      u.corporate_account_id, a.id as account_id, a.name as account_name, a.member_id,
      a.session_idle_minutes, a.session_hours, coalesce(a.suspended_at is not null, false) as suspended,
      (select json_build_object('from', a.second_factor_from, 'due', a.second_factor_from <= now())
        where a.second_factor_from is not null and not ${hasFactor(sql`u.id`)}) as factor_wanted,
      (select l.hash from account_logos l where l.account_id = a.id) as logo,
      a.accounts,
      (select count(*)::int from (select 1 from notifications n where n.user_id = u.id and n.read_at is null limit 100) x) as unread,
      (select json_agg(json_build_object('m', g.mailbox_id, 'n', b.name, 's', g.system_role, 'r', r.id, 'l', r.name,
                'p', coalesce(g.permission, rp.permission)))
         from grants g
         left join roles r on r.id = g.role_id and r.ended_at is null
         left join role_permissions rp on rp.role_id = r.id and rp.ended_at is null
         left join mailboxes b on b.id = g.mailbox_id
        where g.member_id = a.member_id and ${grantCounts()} and b.archived_at is null) as held
    from users u
    left join lateral (
      select o.id as member_id, count(*) over ()::int as accounts, oa.id, oa.name, oa.session_idle_minutes, oa.session_hours,
        oa.suspended_at, oa.second_factor_from
      from members o
      join accounts oa on oa.id = o.account_id and oa.deleted_at is null
      where o.user_id = u.id and ${memberCounts("o")}
      order by o.account_id is not distinct from ${account} desc,
        o.account_id is not distinct from u.last_account_id desc, o.created_at
      limit 1
    ) a on true
    where u.id = ${user} and u.disabled_at is null`;

/** Somebody as they would be in that account now, whoever asks: to check again what an inviter may still give. */
export async function loadVisitor(
  userId: string,
  accountId: string | null,
  reader: Pick<Reader, "execute"> = db,
): Promise<Visitor | undefined> {
  const [row] = (await reader.execute(visitorRow(sql`${userId}`, sql`${accountId}::uuid`))) as unknown as Row[];
  return row && visitorOf(row);
}

/** A row as the visitor it describes. */
export function visitorOf(row: Row): Visitor {
  const permissions = new Set<Permission>();
  const mailboxPermissions = new Map<string, Set<Permission>>();
  const mailboxNames = new Map<string, string>();
  const titles = new Set<string>();

  // Nobody does anything in a suspended account, whatever they hold there: it counts again when it is restored.
  for (const { m, n, s, p, l } of (!row.suspended && row.held) || []) {
    const into = m ? (mailboxPermissions.get(m) ?? new Set<Permission>()) : permissions;
    if (m) mailboxPermissions.set(m, into);
    if (m) mailboxNames.set(m, n ?? "");
    if (s) for (const permission of systemRoles[s].permissions) into.add(permission);
    if (p) into.add(p);
    if (!m && s) titles.add(systemRoles[s].title);
    else if (!m && l) titles.add(l);
  }

  return {
    userId: row.user_id,
    email: row.email,
    firstName: row.first_name,
    lastName: row.last_name,
    locale: row.locale,
    timeZone: row.time_zone,
    region: row.region,
    instanceAdmin: row.instance_admin,
    corporateAccountId: row.corporate_account_id,
    unread: row.unread,
    account: row.account_id
      ? {
          id: row.account_id,
          name: row.account_name ?? "",
          memberId: row.member_id ?? "",
          accounts: row.accounts,
          title: [...titles][0] ?? "",
          sessions: { idleMinutes: row.session_idle_minutes, hours: row.session_hours },
          logo: row.logo ?? "",
          suspended: row.suspended,
          factorWanted: row.factor_wanted,
        }
      : null,
    permissions,
    mailboxPermissions,
    mailboxNames,
  };
}

/** What to call someone: their name, or their address while they have none. */
export const nameOf = (person: { firstName: string; lastName: string; email: string }): string =>
  `${person.firstName} ${person.lastName}`.trim() || person.email;

/** The visitor as the one who acts in the account they are at; nobody acts in one that is suspended. */
export function actorOf(visitor: Visitor, request: { id?: string; ip?: string }): Actor | undefined {
  if (!visitor.account || visitor.account.suspended) return undefined;
  return {
    userId: visitor.userId,
    accountId: visitor.account.id,
    memberId: visitor.account.memberId,
    label: visitor.email,
    email: visitor.email,
    name: nameOf(visitor),
    locale: visitor.locale,
    timeZone: visitor.timeZone,
    permissions: visitor.permissions,
    mailboxPermissions: visitor.mailboxPermissions,
    requestId: request.id,
    ip: request.ip,
  };
}
