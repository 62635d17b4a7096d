import { type SQL, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { grantCounts } from "../access/counts.ts";
import { mailboxPermissionKeys, systemRoles } from "../access/permissions.ts";
import type { Tx } from "../db/client.ts";
import type { MemberStatus, ReportScope } from "../db/schema.ts";
import { t } from "../i18n/t.ts";
import { fetched } from "./fetched.ts";
import { peopleOf } from "./people.ts";

/** A line of a report for people: what the users list says of a member, and all that they hold. */
export interface ReportRow {
  memberId: string;
  firstName: string;
  lastName: string;
  email: string;
  corporate: boolean;
  status: MemberStatus;
  /** On the account, by name in the reader's language, in the order of the names. */
  roles: string[];
  /** Codes of those on the account that come without a role. */
  permissions: string[];
  /** By name: on which they were given something. */
  mailboxes: string[];
  /** What they hold on the account opens every mailbox. */
  everyMailbox: boolean;
  /** RFC 3339, UTC. */
  createdAt: string;
  lastSignInAt: string | null;
}

/** "2026-03-12 09:12:00.5+00" as RFC 3339 to the second. */
const time = (text: string) => `${text.slice(0, 10)}T${text.slice(11, 19)}Z`;

/**
 * The people of a report, batch by batch in the order of the list, from one snapshot: one statement, in which what all of
 * them hold is added up at once, as texts of a thousand rows. While a batch is in use, the database works on the next.
 */
export async function* reportRows(tx: Tx, actor: Actor, scope: ReportScope): AsyncGenerator<ReportRow[]> {
  const { where, order } = await peopleOf(actor, scope);
  const names = await rolesOf(tx, actor.accountId);
  for await (const records of fetched(tx, statementOf(actor.accountId, where, order)))
    yield records.map((record) => rowOf(record, names));
}

/** Of each member one text with a grant on a line: the key of what is held on the account, or `@` and a mailbox's name. */
const statementOf = (accountId: string, where: SQL, order: SQL): SQL => sql`
  with people as materialized (
    select m.id, m.first_name, m.last_name, m.email, m.corporate, m.status, m.created_at, m.last_sign_in_at,
      row_number() over (order by ${order}) as nth
    from members m where ${where}
  ), holding as (
    select g.member_id, string_agg(coalesce('@' || b.name, g.system_role, g.role_id::text, g.permission), E'\n') as held
    from grants g left join mailboxes b on b.id = g.mailbox_id
    where g.account_id = ${accountId} and ${grantCounts()} and b.archived_at is null
      and g.member_id in (select id from people)
    group by g.member_id
  )
  select row(p.id, p.first_name, p.last_name, p.email, p.corporate, p.status, p.created_at, p.last_sign_in_at, h.held)::text,
    p.nth
  from people p left join holding h on h.member_id = p.id`;

function rowOf(record: (string | null)[], names: Map<string, RoleName>): ReportRow {
  const [memberId, firstName, lastName, email, corporate, status, created, signed, held] = record;
  const row: ReportRow = {
    memberId: memberId!,
    firstName: firstName ?? "",
    lastName: lastName ?? "",
    email: email!,
    corporate: corporate === "t",
    status: status as MemberStatus,
    roles: [],
    permissions: [],
    mailboxes: [],
    everyMailbox: false,
    createdAt: time(created!),
    lastSignInAt: signed ? time(signed) : null,
  };
  if (held) addUp(row, held.split("\n"), names);
  return row;
}

interface RoleName {
  name: string;
  opens: boolean;
}

const opening = new Set<string>(mailboxPermissionKeys);
const opens = (held: readonly string[]) => held.some((permission) => opening.has(permission));

/** The account's own roles, and the shipped ones, by the key that a grant names them by. */
async function rolesOf(tx: Tx, accountId: string): Promise<Map<string, RoleName>> {
  const own = await tx.execute<{ id: string; name: string; held: string[] | null }>(sql`
    select r.id, r.name, (select json_agg(rp.permission) from role_permissions rp
      where rp.role_id = r.id and rp.ended_at is null) as held
    from roles r where r.account_id = ${accountId}`);
  return new Map([
    ...own.map(({ id, name, held }): [string, RoleName] => [id, { name, opens: opens(held ?? []) }]),
    ...Object.entries(systemRoles).map(([key, { title, permissions }]): [string, RoleName] => [
      key,
      { name: t(title), opens: opens(permissions) },
    ]),
  ]);
}

function addUp(row: ReportRow, held: string[], names: Map<string, RoleName>) {
  const mailboxes = new Set<string>();
  for (const what of held) {
    const role = names.get(what);
    if (what.startsWith("@")) mailboxes.add(what.slice(1));
    else if (role) row.roles.push(role.name);
    else row.permissions.push(what);
    row.everyMailbox ||= role?.opens ?? opening.has(what);
  }
  row.mailboxes = [...mailboxes].sort();
  row.permissions.sort();
  row.roles.sort();
}
