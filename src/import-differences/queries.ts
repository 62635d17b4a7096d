import { and, asc, desc, eq, gt, inArray, lt, sql } from "drizzle-orm";
import { db } from "../db/client.ts";
import { importPeople, importRights, mailboxes, members, type PersonAction, roles } from "../db/schema.ts";
import { isUuid } from "../http/ids.ts";
import type { Import } from "../imports/queries.ts";

export type Person = typeof importPeople.$inferSelect & { nameNow: string };
export type Right = typeof importRights.$inferSelect & { mailboxName: string | null };

/** Where a page starts: behind or before a position of the file. */
export interface Place {
  after?: number;
  before?: number;
}

/** One page of the people of a checked workbook, in the order of the file: all of them, or those of some kinds. */
export async function listPeople(run: Import, wanted: PersonAction[], place: Place, size = 50) {
  const back = place.before !== undefined;
  const found = await db
    .select({
      person: importPeople,
      nameNow: sql<string>`coalesce(btrim(${members.firstName} || ' ' || ${members.lastName}), '')`,
    })
    .from(importPeople)
    .leftJoin(members, eq(members.id, importPeople.memberId))
    .where(
      and(
        eq(importPeople.importId, run.id),
        wanted.length > 0 ? inArray(importPeople.action, wanted) : undefined,
        place.before !== undefined ? lt(importPeople.position, place.before) : undefined,
        place.after !== undefined && !back ? gt(importPeople.position, place.after) : undefined,
      ),
    )
    .orderBy(back ? desc(importPeople.position) : asc(importPeople.position))
    .limit(size + 1);
  const more = found.length > size;
  const people = found.slice(0, size).map(({ person, nameNow }): Person => ({ ...person, nameNow }));
  if (back) people.reverse();
  return {
    people,
    previous: (back ? more : place.after !== undefined) ? people[0]?.position : undefined,
    next: back || more ? people.at(-1)?.position : undefined,
  };
}

/** What is asked for these people, sheet by sheet; of members only what differs from what they held. */
export async function rightsOfPeople(run: Import, people: Person[]): Promise<Right[]> {
  if (people.length === 0) return [];
  const positions = people.map(({ position }) => position);
  const rows = await db
    .select({ right: importRights, mailboxName: mailboxes.name })
    .from(importRights)
    .leftJoin(mailboxes, and(eq(mailboxes.accountId, run.accountId), eq(mailboxes.id, importRights.mailboxId)))
    .where(
      and(eq(importRights.importId, run.id), inArray(importRights.position, positions), eq(importRights.changed, true)),
    )
    .orderBy(asc(importRights.position), asc(importRights.sheet));
  return rows.map(({ right, mailboxName }) => ({ ...right, mailboxName }));
}

/** What the account's own roles among these keys are called, also those that have ended since. */
export async function roleNames(accountId: string, keys: string[]): Promise<Map<string, string>> {
  const ids = [...new Set(keys.filter(isUuid))];
  if (ids.length === 0) return new Map();
  const rows = await db
    .select({ id: roles.id, name: roles.name })
    .from(roles)
    .where(and(eq(roles.accountId, accountId), inArray(roles.id, ids)));
  return new Map(rows.map(({ id, name }) => [id, name]));
}
