import { sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { mailboxPermissionKeys, systemRoles } from "../access/permissions.ts";
import type { Tx } from "../db/client.ts";
import type { MemberStatus, ReportScope } from "../db/schema.ts";
import { t } from "../i18n/t.ts";
import { peopleOf } from "./people.ts";

/** A line of a report for people: what the users list says of a member, and all that they hold. */
export interface ReportRow {
  memberId: string;
  firstName: string;
  lastName: string;
  email: string;
  corporate: boolean;
  status: MemberStatus;
  /** On the account, by name in the reader's language. */
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

interface Found extends Record<string, unknown> {
  id: string;
  first: string;
  last: string;
  email: string;
  corporate: boolean;
  status: MemberStatus;
  created: string;
  signed: string | null;
}

/** Rows in one step: few enough to stay small, enough that asking costs little. */
const size = 500;

/** "2026-03-12 09:12:00.5+00" as RFC 3339 to the second. */
const time = (text: string) => `${text.slice(0, 10)}T${text.slice(11, 19)}Z`;

/**
 * The people of a report, batch by batch in the order of the list, from one snapshot. What they hold is looked up for a
 * batch as a whole. While a batch is in use, the database works on the next one: never more than two are in memory.
 */
export async function* reportRows(tx: Tx, actor: Actor, scope: ReportScope): AsyncGenerator<ReportRow[]> {
  const { where, order } = await peopleOf(actor, scope);
  const names = await rolesOf(tx, actor.accountId);
  await tx.execute(sql`declare people no scroll cursor for
    select m.id, m.first_name as first, m.last_name as last, m.email, m.corporate, m.status,
      m.created_at as created, m.last_sign_in_at as signed
    from members m where ${where} order by ${order}`);
  let coming = nextBatch(tx, names);
  for (;;) {
    const rows = await coming;
    if (rows.length === 0) break;
    coming = nextBatch(tx, names);
    // Whoever stops in between never waits for it.
    coming.catch(() => {});
    yield rows;
  }
  await tx.execute(sql`close people`);
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

async function nextBatch(tx: Tx, names: Map<string, RoleName>): Promise<ReportRow[]> {
  const people = await tx.execute<Found>(sql.raw(`fetch ${size} from people`));
  if (people.length === 0) return [];
  const rows = people.map(
    (found): ReportRow => ({
      memberId: found.id,
      firstName: found.first,
      lastName: found.last,
      email: found.email,
      corporate: found.corporate,
      status: found.status,
      roles: [],
      permissions: [],
      mailboxes: [],
      everyMailbox: false,
      createdAt: time(found.created),
      lastSignInAt: found.signed && time(found.signed),
    }),
  );
  const byId = new Map(rows.map((row) => [row.memberId, row]));
  for (const { id, held } of await heldBy(tx, [...byId.keys()])) addUp(byId.get(id)!, held.split("\n"), names);
  return rows;
}

/** One text for each member, a grant on a line: the key of what is held on the account, or `@` and a mailbox's name. */
const heldBy = (tx: Tx, ids: string[]) =>
  tx.execute<{ id: string; held: string }>(sql`
    select g.member_id as id, string_agg(
      coalesce('@' || b.name, g.system_role, g.role_id::text, g.permission), E'\n' order by g.granted_at, g.id) as held
    from grants g left join mailboxes b on b.id = g.mailbox_id
    where g.member_id = any(${sql.param(ids)}::uuid[]) and g.ended_at is null and b.archived_at is null
    group by g.member_id`);

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
}
