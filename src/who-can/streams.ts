import { type SQL, sql } from "drizzle-orm";
import { permissions, systemRoles } from "../access/permissions.ts";
import { run } from "../db/client.ts";
import type { MemberStatus } from "../db/schema.ts";
import {
  grantCounts,
  type Moment,
  mailboxCounts,
  memberCounts,
  roleCounts,
  systemRolesWith,
  withOneMoment,
} from "../why/counts.ts";
import type { Question } from "../why/paths.ts";

/** Somebody as the list names them; `sortName` is what it is in the order of. */
export interface Person extends Record<string, unknown> {
  id: string;
  name: string;
  email: string;
  status: MemberStatus;
  sortName: string;
}

/** What the list reads of a member, `m`. */
export const person = sql`m.id, coalesce(nullif(btrim(m.first_name || ' ' || m.last_name), ''), m.email) as name, m.email,
  m.status, m.sort_name as "sortName"`;

export interface Look {
  /** The first `size` of them, by id, behind this one. */
  size: number;
  after: string;
  /** Of each list so many grants are looked at. */
  look: number;
  /** Whether a list is longer than this is asked, too. */
  most?: number;
}

export interface Looked {
  people: Person[];
  /** What was looked at ends with this member, and there is more behind; empty: all was looked at, and nobody is left out. */
  upTo: string;
  /** Too many grants are to be looked at for all of them to be. */
  many: boolean;
}

/**
 * The members who have the right at that place and moment. What gives it are several lists, each of which an index holds in
 * the order of members: of each the first `look` are read, counting or not, and to the end of the member it stops at.
 * What is sure by then is answered: up to the member at whom the shortest of the cut lists ends. So a look costs the same
 * however many hold the right, and however many held it once.
 */
export async function lookFor(accountId: string, question: Question, how: Look): Promise<Looked> {
  const { at } = question;
  const { size, after, look, most } = how;
  const lists = await listsOf(accountId, question);
  const behind = after ? sql`and g.member_id > ${after}::uuid` : sql``;
  // Numbers of rows stand in the text, not among the values: the plan depends on them.
  const rows = lists.map(
    ({ from, where, counts }) => sql`
      select x.member_id, x.given, x.n from ${from} cross join lateral (
        select g.member_id, (${grantCounts(at)} and ${counts}) as given, row_number() over (order by g.member_id) as n
        from grants g where ${where} ${behind} order by g.member_id fetch first ${sql.raw(String(look))} rows with ties) x`,
  );
  const long = lists.map(
    ({ from, where }) => sql`(
      select 1 from ${from} cross join lateral (
        select 1 from grants g where ${where} order by g.member_id offset ${sql.raw(String(most))} limit 1) x limit 1)`,
  );
  const [found] = await run<{ looked: { people: Person[] | null; upTo: string | null; many: boolean } }>(
    withOneMoment(sql`
    with role as materialized (
      select distinct r.id, r.level from role_permissions rp join roles r on r.id = rp.role_id
      where rp.account_id = ${accountId} and rp.permission = ${question.permission} and ${roleCounts(at)}),
    entry as materialized (${sql.join(rows, sql` union all `)}),
    cut as materialized (select e.member_id as id from entry e where e.n = ${sql.raw(String(look))} order by 1 limit 1),
    holder as (
      select p.* from (select distinct e.member_id as id from entry e
        where e.given and ((select id from cut) is null or e.member_id <= (select id from cut)) order by 1) c
      cross join lateral (
        select ${person} from members m where m.account_id = ${accountId} and m.id = c.id and ${memberCounts(at)} offset 0) p
      order by c.id limit (select case when count(*) > 0 then ${sql.raw(String(size))} end from cut))
    select json_build_object('people', (select json_agg(h order by h.id) from holder h), 'upTo', (select id from cut),
      'many', ${most === undefined ? sql`true` : sql`exists (select 1 from cut) and exists (${sql.join(long, sql` union all `)})`}) as looked`),
  );
  const { people, upTo, many } = found!.looked;
  return { people: people ?? [], upTo: upTo ?? "", many };
}

interface List {
  /** What is walked once for each of its rows: `k`. */
  from: SQL;
  /** What an index holds in the order of members. */
  where: SQL;
  /** What else has to hold for one of its grants to give the right. */
  counts: SQL;
}

/** Every list of grants that may give the right: of now what counts, of a past date also what has ended since. */
async function listsOf(accountId: string, { permission, mailboxId, at }: Question): Promise<List[]> {
  const system = await systemRolesWith(permission, at);
  const keys = (level: string) => sql`${sql.param(system.filter((key) => systemRoles[key].level === level))}::text[]`;
  const lists = [
    {
      from: sql`unnest(${keys("account")}) k (key)`,
      where: sql`g.account_id = ${accountId} and g.system_role = k.key`,
      filled: sql`g.system_role is not null`,
      counts: sql`true`,
    },
    {
      from: sql`(select id from role where level = 'account') k`,
      where: sql`g.role_id = k.id`,
      filled: sql`g.role_id is not null`,
      counts: sql`true`,
    },
    {
      from: sql`(values (1)) k`,
      where: sql`g.account_id = ${accountId} and g.permission = ${permission} and g.mailbox_id is null`,
      filled: sql`g.permission is not null`,
      counts: sql`true`,
    },
  ];
  if (permissions[permission].level === "mailbox" && mailboxId) {
    lists.push({
      from: sql`(select b.id from mailboxes b where b.account_id = ${accountId} and b.id = ${mailboxId}::uuid and ${mailboxCounts(at)}) k`,
      where: sql`g.mailbox_id = k.id`,
      filled: sql`g.mailbox_id is not null`,
      counts: sql`coalesce(g.permission = ${permission} or g.system_role = any(${keys("mailbox")})
        or g.role_id in (select id from role where level = 'mailbox'), false)`,
    });
  }
  return endings(at).flatMap((ended) =>
    lists.map(({ from, where, filled, counts }) => ({ from, where: sql`${where} and ${filled} and ${ended}`, counts })),
  );
}

const endings = (at: Moment): SQL[] => [sql`g.ended_at is null`, ...(at ? [sql`g.ended_at is not null`] : [])];
