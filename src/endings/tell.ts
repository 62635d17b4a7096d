import { sql } from "drizzle-orm";
import { memberCounts } from "../access/counts.ts";
import { holdersOf } from "../access/holders.ts";
import type { Tx } from "../db/client.ts";
import type { Giving } from "../grants/giving.ts";
import { notify } from "../notifications/notify.ts";

/** A place or a right that comes to an end, whose it is, and who gave it. */
export interface Passing {
  accountId: string;
  memberId: string;
  email: string;
  name: string;
  userId: string | null;
  /** Who invited the guest, or gave the right; null when nobody in particular did. */
  by: string | null;
  until: Date;
  /** None: their place in the account. */
  right?: Pick<Giving, "title" | "roleId" | "mailboxName" | "systemRole">;
  /** It stays without a date: without it the account would have no Owner. */
  kept?: boolean;
}

/** What a letter lists; `until` is RFC 3339. */
export interface ToldEnd {
  name: string;
  email: string;
  until: string;
  title?: string;
  roleId?: string;
  mailboxName?: string | null;
}

/** With more administrators than this, not all of them are told. */
const mostTold = 20;
/** More of them a letter only counts. */
export const mostListed = 20;

/**
 * Tells whose it is, if they are there already, and whoever gave it; where those have no place any more, who edits users.
 * Somebody who gave much gets one letter about all of it.
 */
export async function tellOf(tx: Tx, when: "near" | "reached", all: Passing[]): Promise<void> {
  for (const theirs of Map.groupBy(all, ({ accountId }) => accountId).values()) await tellIn(tx, when, theirs);
}

async function tellIn(tx: Tx, when: "near" | "reached", all: Passing[]) {
  const { accountId } = all[0]!;
  for (const own of Map.groupBy(all, ({ memberId }) => memberId).values()) {
    const { userId, memberId } = own[0]!;
    const ends = own.filter(({ kept }) => !kept);
    if (!userId || ends.length === 0) continue;
    const kind = when === "near" ? "own_end.near" : "own_end.reached";
    const mail = when === "near" ? "own_end_near" : "own_end_reached";
    await notify(tx, { userId, accountId, kind, mail, subjectId: memberId, data: dataOf(ends) });
  }

  const present = await presentOf(tx, accountId, all);
  const editors = all.some(({ by }) => !present.has(by ?? "")) ? await holdersOf(tx, accountId, "users.edit") : [];
  const toldOf = new Map<string, Passing[]>();
  for (const each of all) {
    const told = each.by && present.has(each.by) ? [each.by] : editors.slice(0, mostTold);
    for (const userId of told) if (userId !== each.userId) toldOf.set(userId, [...(toldOf.get(userId) ?? []), each]);
  }
  for (const [userId, ends] of toldOf) {
    const kind = when === "near" ? "end_date.near" : "end_date.reached";
    const mail = when === "near" ? "end_date_near" : "end_date_reached";
    await notify(tx, { userId, accountId, kind, mail, subjectId: ends[0]!.memberId, data: dataOf(ends) });
  }
}

/** Who of those who gave it has a place in the account now. */
async function presentOf(tx: Tx, accountId: string, all: Passing[]): Promise<Set<string>> {
  const ids = sql.param([...new Set(all.flatMap(({ by }) => by ?? []))]);
  const rows = await tx.execute<{ id: string }>(sql`
    select m.user_id as id from members m join users u on u.id = m.user_id and u.disabled_at is null
    where m.account_id = ${accountId} and m.user_id = any(${ids}::uuid[]) and ${memberCounts()}`);
  return new Set(rows.map(({ id }) => id));
}

function dataOf(ends: Passing[]): Record<string, string> {
  const list = ends.slice(0, mostListed).map(
    ({ name, email, until, right }): ToldEnd => ({
      name,
      email,
      until: until.toISOString(),
      ...(right && { title: right.title, roleId: right.roleId, mailboxName: right.mailboxName }),
    }),
  );
  const { name, email } = ends[0]!;
  const kept = ends.some((end) => end.kept) ? "1" : "";
  return { name, email, count: String(ends.length), ends: JSON.stringify(list), kept };
}
