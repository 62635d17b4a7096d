import { type SQL, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { grantCounts } from "../access/counts.ts";
import { mailboxPermissionKeys, systemRoles } from "../access/permissions.ts";
import type { Tx } from "../db/client.ts";
import type { MemberStatus, ReportScope } from "../db/schema.ts";
import { t } from "../i18n/t.ts";
import { fetchedRows } from "./fetched.ts";
import { peopleOf } from "./people.ts";

/** A line of a report for people: what the users list says of a member, and all that they hold. */
export interface ReportRow {
  firstName: string;
  lastName: string;
  email: string;
  corporate: boolean;
  status: MemberStatus;
  /** One object for all who hold the same. */
  holding: Holding;
  /** RFC 3339, UTC. */
  createdAt: string;
  lastSignInAt: string | null;
}

/** What a member holds, in words. */
export interface Holding {
  /** On the account, by name in the reader's language, in the order of the names. */
  roles: string[];
  /** Codes of those on the account that come without a role. */
  permissions: string[];
  /** By name: on which they were given something. */
  mailboxes: string[];
  /** What they hold on the account opens every mailbox. */
  everyMailbox: boolean;
}

/** "2026-03-12 09:12:00.5+00" as RFC 3339 to the second. */
const time = (text: string) => `${text.slice(0, 10)}T${text.slice(11, 19)}Z`;

/**
 * The people of a report, batch by batch in the order of the list, from one snapshot: one statement, in which what all of
 * them hold is added up at once. While a batch is in use, the database works on the next.
 */
export async function* reportRows(tx: Tx, actor: Actor, scope: ReportScope): AsyncGenerator<ReportRow[]> {
  const { where, order } = await peopleOf(actor, scope);
  const holdingOf = readHolding(await rolesOf(tx, actor.accountId));
  for await (const rows of fetchedRows<Row>(tx, statementOf(actor.accountId, where, order)))
    yield rows.map((row) => ({
      firstName: row.first_name ?? "",
      lastName: row.last_name ?? "",
      email: row.email,
      corporate: row.corporate,
      status: row.status,
      holding: holdingOf(row.held),
      createdAt: time(row.created_at),
      lastSignInAt: row.last_sign_in_at && time(row.last_sign_in_at),
    }));
}

interface Row {
  first_name: string | null;
  last_name: string | null;
  email: string;
  corporate: boolean;
  status: MemberStatus;
  created_at: string;
  last_sign_in_at: string | null;
  held: string | null;
}

/** Of each member one text with a grant on a line: the key of what is held on the account, or `@` and a mailbox's name. */
const statementOf = (accountId: string, where: SQL, order: SQL): SQL => sql`
  with holding as (
    select g.member_id, string_agg(coalesce('@' || b.name, g.system_role, g.role_id::text, g.permission), E'\n') as held
    from grants g left join mailboxes b on b.id = g.mailbox_id
    where g.account_id = ${accountId} and ${grantCounts()} and b.archived_at is null
      and g.member_id in (select m.id from members m where ${where})
    group by g.member_id
  )
  select m.first_name, m.last_name, m.email, m.corporate, m.status, m.created_at, m.last_sign_in_at, h.held
  from members m left join holding h on h.member_id = m.id where ${where} order by ${order}`;

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

/** Different holdings that are remembered: most people hold what many others hold. */
const remembered = 1000;

function readHolding(names: Map<string, RoleName>): (held: string | null) => Holding {
  const known = new Map<string, Holding>();
  return (held) => {
    const key = held ?? "";
    const before = known.get(key);
    if (before) return before;
    if (known.size >= remembered) known.clear();
    const holding = addUp(held ? held.split("\n") : [], names);
    known.set(key, holding);
    return holding;
  };
}

function addUp(held: string[], names: Map<string, RoleName>): Holding {
  const holding: Holding = { roles: [], permissions: [], mailboxes: [], everyMailbox: false };
  const mailboxes = new Set<string>();
  for (const what of held) {
    const role = names.get(what);
    if (what.startsWith("@")) mailboxes.add(what.slice(1));
    else if (role) holding.roles.push(role.name);
    else holding.permissions.push(what);
    holding.everyMailbox ||= role?.opens ?? opening.has(what);
  }
  holding.mailboxes = [...mailboxes].sort();
  holding.permissions.sort();
  holding.roles.sort();
  return holding;
}
