import { and, asc, desc, eq, gt, ilike, isNull, lt, or, sql } from "drizzle-orm";
import { db, type Reader, type Tx } from "../db/client.ts";
import { mailboxes, mailGroupMembers, mailGroups } from "../db/schema.ts";
import { NotFound } from "../http/errors.ts";
import { isUuid, uuidOr404 } from "../http/ids.ts";

export type Group = typeof mailGroups.$inferSelect;

const living = (accountId: string) => and(eq(mailGroups.accountId, accountId), isNull(mailGroups.endedAt));

/** A group of the account that was not deleted; else 404. */
export async function findGroup(accountId: string, id: string, reader: Reader = db): Promise<Group> {
  const [group] = await reader
    .select()
    .from(mailGroups)
    .where(and(living(accountId), eq(mailGroups.id, uuidOr404(id))));
  if (!group) throw new NotFound();
  return group;
}

/** The same for a verb that changes it. */
export async function lockGroup(tx: Tx, accountId: string, id: string): Promise<Group> {
  const [group] = await tx
    .select()
    .from(mailGroups)
    .where(and(living(accountId), eq(mailGroups.id, uuidOr404(id))))
    .for("update");
  if (!group) throw new NotFound();
  return group;
}

/** The addresses that a group's mail goes to, by address. */
export async function membersOf(group: Group, reader: Reader = db): Promise<string[]> {
  const rows = await reader
    .select({ address: mailGroupMembers.address })
    .from(mailGroupMembers)
    .where(and(eq(mailGroupMembers.accountId, group.accountId), eq(mailGroupMembers.groupId, group.id)))
    .orderBy(asc(mailGroupMembers.address));
  return rows.map(({ address }) => address);
}

const size = sql<number>`(select count(*)::int from mail_group_members m
  where m.account_id = mail_groups.account_id and m.group_id = mail_groups.id)`;

/** A page's place: behind or before a group's name and id. */
export interface GroupPlace {
  way: "next" | "back";
  name: string;
  id: string;
}

/** One page of groups by name, with how many addresses each has. */
export async function listGroups(accountId: string, { q }: { q: string }, place?: GroupPlace, most = 50) {
  const typed = `%${q.replaceAll(/[\\%_]/g, "\\$&")}%`;
  const back = place?.way === "back";
  const beyond = back ? lt : gt;
  const found = await db
    .select({ group: mailGroups, size })
    .from(mailGroups)
    .where(
      and(
        living(accountId),
        q ? or(ilike(mailGroups.name, typed), ilike(mailGroups.address, typed)) : undefined,
        place && beyond(sql`(${mailGroups.name}, ${mailGroups.id})`, sql`(${place.name}, ${place.id}::uuid)`),
      ),
    )
    .orderBy(...(back ? [desc(mailGroups.name), desc(mailGroups.id)] : [asc(mailGroups.name), asc(mailGroups.id)]))
    .limit(most + 1);
  const more = found.length > most;
  const rows = back ? found.slice(0, most).reverse() : found.slice(0, most);
  const at = (row: (typeof rows)[number] | undefined, way: GroupPlace["way"]) => row && `${way}:${row.group.id}`;
  return {
    rows,
    previous: (back ? more : place) ? at(rows[0], "back") : undefined,
    next: (back ? true : more) ? at(rows.at(-1), "next") : undefined,
  };
}

/** Reads `next:<group id>` or `back:<group id>`; anything else is the first page. */
export async function placeOf(accountId: string, text: unknown): Promise<GroupPlace | undefined> {
  const [way, id] = typeof text === "string" ? text.split(":") : [];
  if ((way !== "next" && way !== "back") || !isUuid(id)) return undefined;
  const [row] = await db
    .select({ name: mailGroups.name, id: mailGroups.id })
    .from(mailGroups)
    .where(and(eq(mailGroups.accountId, accountId), eq(mailGroups.id, id)));
  return row && { way, ...row };
}

/** Mailboxes of the account that a group may go to, by name: the first ones, to be ticked. */
export const suggestions = (accountId: string, most = 50) =>
  db
    .select({ name: mailboxes.name, address: mailboxes.address })
    .from(mailboxes)
    .where(and(eq(mailboxes.accountId, accountId), isNull(mailboxes.archivedAt)))
    .orderBy(asc(mailboxes.name), asc(mailboxes.id))
    .limit(most);
