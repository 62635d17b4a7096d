import { sql } from "drizzle-orm";
import { type Actor, can } from "../access/actor.ts";
import { type Permission, permissions, type SystemRole, systemRoles } from "../access/permissions.ts";
import { db } from "../db/client.ts";
import type { MemberStatus } from "../db/schema.ts";
import { called } from "../grants/giving.ts";
import { isUuid } from "../http/ids.ts";
import { t } from "../i18n/t.ts";

/** One end date: of a place (no grant), or of a right. */
export interface EndLine {
  /** The grant's id, or the member's. */
  key: string;
  grantId: string | null;
  memberId: string;
  name: string;
  email: string;
  status: MemberStatus;
  until: Date;
  /** The right in the reader's words; empty for the place. */
  right: string;
  mailbox: string | null;
}

interface Row extends Record<string, unknown> {
  key: string;
  grant_id: string | null;
  member_id: string;
  name: string;
  email: string;
  status: MemberStatus;
  until: string;
  micros: string;
  system_role: SystemRole | null;
  role_id: string | null;
  role: string | null;
  permission: Permission | null;
  mailbox: string | null;
}

export type Show = "upcoming" | "past";

/** Where a page goes on: behind an instant, in microseconds, and a key. */
const placeOf = (after: unknown) => {
  const [micros, key] = typeof after === "string" ? after.split("_") : [];
  return /^\d{1,17}$/.test(micros ?? "") && isUuid(key) ? { micros, key } : undefined;
};

/**
 * The end dates of an account, one page: those to come, the nearest first, or those of the last 30 days, the latest first.
 * Drafts are there for who may send them (D2). `next` is where the page after goes on.
 */
export async function endDates(actor: Actor, show: Show, after: unknown, size = 50) {
  const upcoming = show === "upcoming";
  const place = placeOf(after);
  const at = (column: string) =>
    sql.raw(upcoming ? `${column} > now()` : `${column} <= now() and ${column} > now() - interval '30 days'`);
  const living = sql`m.status not in ('removed', 'declined', 'revoked', 'expired')`;
  const seen = can(actor, "invites.send") ? sql`true` : sql`m.status <> 'draft'`;
  // The place's instant is one of microseconds; the columns keep milliseconds.
  const beyond = (column: string, key: string) =>
    place
      ? sql`(${sql.raw(`${column}, ${key}`)}) ${sql.raw(upcoming ? ">" : "<")} (to_timestamp(${place.micros}::bigint / 1000000.0), ${place.key}::uuid)`
      : sql`true`;
  const order = sql.raw(upcoming ? "until, key" : "until desc, key desc");
  const rows = await db.execute<Row>(sql`
    with found as (
      (select m.guest_until as until, m.id as key, null::uuid as grant_id, m.id as member_id, null::uuid as mailbox_id,
          null as system_role, null::uuid as role_id, null as permission
        from members m
        where m.account_id = ${actor.accountId} and ${at("m.guest_until")} and ${seen} and ${beyond("m.guest_until", "m.id")}
          and ${upcoming ? living : sql`(m.status <> 'removed' or m.ended_at = m.guest_until)`}
        order by ${order} limit ${size + 1})
      union all
      (select g.ends_at, g.id, g.id, g.member_id, g.mailbox_id, g.system_role, g.role_id, g.permission
        from grants g join members m on m.account_id = g.account_id and m.id = g.member_id
        where g.account_id = ${actor.accountId} and ${at("g.ends_at")} and ${seen} and ${beyond("g.ends_at", "g.id")}
          and (g.ended_at is null or ${!upcoming} and g.end_reason = 'end date') and ${living}
        order by g.ends_at ${sql.raw(upcoming ? "" : "desc")}, g.id ${sql.raw(upcoming ? "" : "desc")} limit ${size + 1})
    )
    select f.*, (extract(epoch from f.until) * 1000000)::bigint::text as micros, m.email, m.status,
      coalesce(nullif(btrim(m.first_name || ' ' || m.last_name), ''), m.email) as name, r.name as role, b.name as mailbox
    from found f
    join members m on m.id = f.member_id
    left join roles r on r.id = f.role_id
    left join mailboxes b on b.id = f.mailbox_id
    order by ${order} limit ${size + 1}`);
  const last = rows.length > size ? rows[size - 1] : undefined;
  return { rows: rows.slice(0, size).map(lineOf), next: last && `${last.micros}_${last.key}`, after: Boolean(place) };
}

function lineOf(row: Row): EndLine {
  const title = row.system_role
    ? systemRoles[row.system_role].title
    : row.permission
      ? permissions[row.permission].title
      : (row.role ?? "");
  return {
    key: row.key,
    grantId: row.grant_id,
    memberId: row.member_id,
    name: row.name,
    email: row.email,
    status: row.status,
    until: new Date(row.until),
    right: row.grant_id ? called({ title, roleId: row.role_id ?? undefined }) : "",
    mailbox: row.mailbox,
  };
}

/** What the two lists are called. */
export const showWords = (): [Show, string][] => [
  ["upcoming", t("To come")],
  ["past", t("Past 30 days")],
];
