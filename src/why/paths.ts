import { type SQL, sql } from "drizzle-orm";
import { type Permission, permissions, type SystemRole } from "../access/permissions.ts";
import type { EventName } from "../audit/events.ts";
import type { Reader } from "../db/client.ts";
import type { GrantSource } from "../db/schema.ts";
import {
  grantCounts,
  inStateSince,
  type Moment,
  mailboxCounts,
  roleCounts,
  systemRolesEver,
  systemRolesWith,
} from "./counts.ts";

/** Which right, where and when. `mailboxId` null: on the account, and so on every mailbox. */
export interface Question {
  permission: Permission;
  mailboxId: string | null;
  at: Moment;
}

/** Since when a custom role holds the permission, and until when, and who put it in and took it out (empty: nobody known). */
export interface Content {
  startedAt: Date;
  startedBy: string;
  endedAt: Date | null;
  endedBy: string;
}

/** One way to a right: a grant, and how the right is in it. */
export interface Path {
  grantId: string;
  memberId: string;
  mailboxId: string | null;
  mailboxName: string | null;
  systemRole: SystemRole | null;
  roleId: string | null;
  roleName: string | null;
  /** Set when it was given singly. */
  permission: Permission | null;
  source: GrantSource;
  sourceId: string | null;
  /** What the source is called: the file of an import, the name of an API client. */
  sourceName: string | null;
  grantedAt: Date;
  grantedBy: string;
  endsAt: Date | null;
  endedAt: Date | null;
  endedBy: string;
  endReason: string | null;
  content: Content | null;
  roleEndedAt: Date | null;
  roleEndedBy: string;
  /** Since when its mailbox was archived at that moment, and who archived it; of one that was in use nothing. */
  archivedAt: Date | null;
  archivedBy: string;
  /** Each has to count for the path to count: the grant, the permission in its role, its mailbox. */
  given: boolean;
  holds: boolean;
  open: boolean;
  counts: boolean;
}

type Row = { [K in keyof Path]: Path[K] extends Date | null ? string | null : Path[K] } & {
  content: { [K in keyof Content]: string | null } | null;
};

/** What a user of that alias is called. */
export const nameOf = (alias: string) =>
  sql.raw(`coalesce(nullif(btrim(${alias}.first_name || ' ' || ${alias}.last_name), ''), ${alias}.email, '')`);

/**
 * The person who began a state of a thing, as the account's log says: by one of these events, in the transaction that began it.
 * Null: nobody in particular, or no such state; then no event is looked at. The minute is for transactions that take long:
 * their events say when they were written.
 */
export const authorOf = (accountId: string, subject: SQL, names: EventName[], since: SQL): SQL => sql`(
  case when ${since} is not null then (select ${nameOf("au")} from events e join users au on au.id = e.actor_id
  where e.account_id = ${accountId} and e.subject_id = (${subject})::text and e.name = any(${sql.param(names)}::text[])
    and e.at >= ${since} and e.at < ${since} + interval '1 minute'
  order by e.id limit 1) end)`;

/**
 * Every way on which these members hold, held or will hold the right, the newest first; `counting`: only those that count.
 * A role that held the permission several times is one way: as it was at that moment, else as it was last.
 */
export async function pathsOf(
  reader: Reader,
  accountId: string,
  memberIds: string[],
  { permission, mailboxId, at }: Question,
  only?: "counting",
): Promise<Path[]> {
  if (memberIds.length === 0) return [];
  const holding = await systemRolesWith(permission, at);
  const ever = only ? holding : await systemRolesEver(permission);
  const place = permissions[permission].level === "mailbox" && mailboxId;
  const here = place ? sql`(g.mailbox_id is null or g.mailbox_id = ${mailboxId}::uuid)` : sql`g.mailbox_id is null`;
  const whose =
    memberIds.length === 1
      ? sql`g.member_id = ${memberIds[0]}::uuid`
      : sql`g.member_id = any(${sql.param(memberIds)}::uuid[])`;
  const some = (ended: SQL) => sql`select g.* from grants g
    where g.account_id = ${accountId} and ${whose} and ${here} and ${ended}`;
  // Two indexes, one of what counts and one of what has ended: of now, the second has nothing to say.
  const asked =
    only && !at
      ? some(sql`g.ended_at is null`)
      : sql`${some(sql`g.ended_at is null`)} union all ${some(sql`g.ended_at is not null`)}`;

  const archivist = authorOf(
    accountId,
    sql`p.mailbox_id`,
    ["mailbox.archived", "mailbox.deleted"],
    sql`p.archived_since`,
  );

  const rows = await reader.execute<{ path: Row }>(sql`
    with g as materialized (${asked}), path as (
      select g.*, r.name as role_name, r.ended_at as role_ended_at, r.ended_by as role_ended_by,
        c.started_at as in_since, c.started_by as in_by, c.ended_at as out_since, c.ended_by as out_by,
        ${grantCounts(at)} as given,
        coalesce(g.permission is not null or g.system_role = any(${sql.param(holding)}::text[]) or c.counts, false) as holds,
        (g.mailbox_id is null or (${mailboxCounts(at)})) as open, b.name as mailbox_name,
        ${inStateSince("b.archived_at", "mailbox", "b.id", "archived", at)} as archived_since,
        case when g.source_id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then g.source_id::uuid end as source_uuid
      from g
      left join roles r on r.account_id = g.account_id and r.id = g.role_id
      left join mailboxes b on b.account_id = g.account_id and b.id = g.mailbox_id
      left join lateral (
        select rp.*, ${roleCounts(at)} as counts from role_permissions rp
        where rp.role_id = g.role_id and rp.permission = ${permission}
        order by ${roleCounts(at)} desc, rp.started_at desc limit 1) c on true
      where g.permission = ${permission} or g.system_role = any(${sql.param(ever)}::text[]) or c.id is not null)
    select json_build_object('grantId', p.id, 'memberId', p.member_id, 'mailboxId', p.mailbox_id, 'mailboxName', p.mailbox_name,
      'systemRole', p.system_role, 'roleId', p.role_id, 'roleName', p.role_name, 'permission', p.permission,
      'source', p.source, 'sourceId', p.source_id, 'sourceName', coalesce(im.file_name, ac.name),
      'grantedAt', p.granted_at, 'grantedBy', ${nameOf("gu")}, 'endsAt', p.ends_at,
      'endedAt', p.ended_at, 'endedBy', ${nameOf("eu")}, 'endReason', p.end_reason,
      'content', case when p.role_id is null then null else json_build_object('startedAt', p.in_since,
        'startedBy', ${nameOf("su")}, 'endedAt', p.out_since, 'endedBy', ${nameOf("tu")}) end,
      'roleEndedAt', p.role_ended_at, 'roleEndedBy', ${nameOf("ru")}, 'archivedAt', p.archived_since,
      'archivedBy', case when p.archived_since is null then '' else coalesce(${archivist}, '') end,
      'given', p.given, 'holds', p.holds, 'open', p.open, 'counts', p.given and p.holds and p.open) as path
    from path p
    left join users gu on gu.id = p.granted_by
    left join users eu on eu.id = p.ended_by
    left join users su on su.id = p.in_by
    left join users tu on tu.id = p.out_by
    left join users ru on ru.id = p.role_ended_by
    left join imports im on p.source = 'import' and im.account_id = p.account_id and im.id = p.source_uuid
    left join api_clients ac on p.source = 'api' and ac.account_id = p.account_id and ac.id = p.source_uuid
    ${only ? sql`where p.given and p.holds and p.open` : sql``}
    order by p.granted_at desc, p.id`);
  return rows.map(({ path }) => read(path));
}

const time = (text: string | null) => (text === null ? null : new Date(text));

const read = (row: Row): Path => ({
  ...row,
  grantedAt: new Date(row.grantedAt!),
  endsAt: time(row.endsAt),
  endedAt: time(row.endedAt),
  roleEndedAt: time(row.roleEndedAt),
  archivedAt: time(row.archivedAt),
  content: row.content && {
    startedAt: new Date(row.content.startedAt!),
    startedBy: row.content.startedBy ?? "",
    endedAt: time(row.content.endedAt),
    endedBy: row.content.endedBy ?? "",
  },
});
