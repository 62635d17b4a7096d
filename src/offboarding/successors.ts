import { sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { lacking } from "../access/policy.ts";
import { db } from "../db/client.ts";
import type { Member } from "../members/queries.ts";
import { listRoles, type Role, roleName } from "../roles/queries.ts";

export interface Successor extends Record<string, unknown> {
  id: string;
  name: string;
  email: string;
}

/** So many people a list offers; whoever is not among them is searched for. */
export const mostOffered = 50;

/**
 * Who can take something over: active users by name, those whose name or address holds the text, and always those who were
 * chosen already. `more`: there are others, so one searches.
 */
export async function successorsFor(leaver: Member, q: string, chosen: string[]) {
  const typed = `%${q.toLowerCase().replaceAll(/[\\%_]/g, "\\$&")}%`;
  const who = sql`m.account_id = ${leaver.accountId} and m.status = 'active' and m.id <> ${leaver.id} and m.user_id is not null`;
  const columns = sql`m.id, coalesce(nullif(btrim(m.first_name || ' ' || m.last_name), ''), m.email) as name, m.email, m.sort_name`;
  const [found, kept] = await Promise.all([
    db.execute<Successor>(sql`
      select ${columns} from members m where ${who} and ${q ? sql`m.haystack like ${typed}` : sql`true`}
      order by m.sort_name collate "C", m.id limit ${mostOffered + 1}`),
    chosen.length
      ? db.execute<Successor>(
          sql`select ${columns} from members m where ${who} and m.id = any(${sql.param(chosen)}::uuid[])`,
        )
      : [],
  ]);
  const people = new Map([...found.slice(0, mostOffered), ...kept].map((person) => [person.id, person]));
  return { people: [...people.values()], more: found.length > mostOffered };
}

export interface GivableRole {
  value: string;
  words: string;
  permissions: Role["permissions"];
}

/** The mailbox roles of the account, as choices. */
export async function mailboxRoles(accountId: string): Promise<GivableRole[]> {
  const all = await listRoles(accountId);
  return all
    .filter(({ level, permissions }) => level === "mailbox" && permissions.length > 0)
    .map((role) => ({ value: role.id, words: roleName(role), permissions: role.permissions }));
}

/** Those that the actor may hand over on a mailbox: nobody gives what they do not hold there (D9). */
export const givableOn = (actor: Actor, roles: GivableRole[], mailboxId: string): GivableRole[] =>
  roles.filter(
    ({ permissions }) =>
      lacking(
        actor,
        permissions.map((permission) => ({ permission, mailboxId })),
      ).length === 0,
  );
