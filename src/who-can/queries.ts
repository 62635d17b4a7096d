import { type SQL, sql } from "drizzle-orm";
import { db } from "../db/client.ts";
import type { MemberStatus } from "../db/schema.ts";
import { memberCounts } from "../why/counts.ts";
import { type Path, pathsOf, type Question } from "../why/paths.ts";
import type { Place } from "./forms.ts";
import { holders } from "./streams.ts";

/** Somebody who has the right, with every way to it that counts. */
export interface Holder {
  id: string;
  name: string;
  email: string;
  status: MemberStatus;
  paths: Path[];
}

export interface Holders {
  rows: Holder[];
  next: Place | null;
  /** How many there are, as far as they were counted: by name only so many are put in order. */
  total: number | null;
  /** More people fit what was searched for than are looked at. */
  cut: boolean;
}

/** So many are put in the order of their names; where more hold the right, the list goes by their ids. */
export const most = 1000;

/** A page of those who have the right at that place and moment. */
export async function whoCan(
  accountId: string,
  question: Question,
  q: string,
  place: Place | null,
  size = 50,
): Promise<Holders> {
  const found = q
    ? await matching(accountId, q)
    : place?.by === "id"
      ? null
      : await holders(accountId, question, most + 1, "", false);
  const cut = (found?.length ?? 0) > most;
  if (!found || (cut && !q)) return byId(accountId, question, place?.by === "id" ? place.id : "", size);
  const { rows, total, next } = await byName(accountId, question, {
    ids: found.slice(0, most),
    ...{ searched: q !== "", place, size },
  });
  return { rows, next, total: cut ? null : total, cut };
}

async function byId(accountId: string, question: Question, after: string, size: number): Promise<Holders> {
  const ids = await holders(accountId, question, size + 1, after);
  const shown = ids.slice(0, size);
  const rows = await inWords(accountId, question, shown, sql`m.id`);
  return { rows, next: ids.length > size ? { by: "id", id: shown.at(-1)!, name: "" } : null, total: null, cut: false };
}

/** Of these members, those who have it: counted, and a page of them by name. */
async function byName(
  accountId: string,
  question: Question,
  { ids, searched, place, size }: { ids: string[]; searched: boolean; place: Place | null; size: number },
) {
  const holding = searched ? await holdingOf(accountId, question, ids) : ids;
  const order = await db.execute<{ id: string; name: string }>(sql`
    select m.id, m.sort_name as name from members m
    where m.account_id = ${accountId} and m.id = any(${sql.param(holding)}::uuid[]) and ${memberCounts(question.at)}
    order by m.sort_name collate "C", m.id`);
  const behind = place?.by === "name" ? order.findIndex(({ name, id }) => less(place, { name, id })) : 0;
  const from = behind < 0 ? order.length : behind;
  const shown = order.slice(from, from + size);
  const rows = await inWords(
    accountId,
    question,
    shown.map(({ id }) => id),
    sql`m.sort_name collate "C", m.id`,
  );
  const last = shown.at(-1);
  const next: Place | null = last && order.length > from + size ? { by: "name", name: last.name, id: last.id } : null;
  return { rows, next, total: order.length };
}

/** As the database orders: by bytes. */
function less(one: { name: string; id: string }, other: { name: string; id: string }): boolean {
  const names = Buffer.compare(Buffer.from(one.name), Buffer.from(other.name));
  return names < 0 || (names === 0 && one.id < other.id);
}

const holdingOf = async (accountId: string, question: Question, ids: string[]) => [
  ...new Set((await pathsOf(db, accountId, ids, question, "counting")).map(({ memberId }) => memberId)),
];

async function inWords(accountId: string, question: Question, ids: string[], order: SQL): Promise<Holder[]> {
  if (ids.length === 0) return [];
  const paths = await pathsOf(db, accountId, ids, question, "counting");
  const rows = await db.execute<Omit<Holder, "paths"> & Record<string, unknown>>(sql`
    select m.id, coalesce(nullif(btrim(m.first_name || ' ' || m.last_name), ''), m.email) as name, m.email, m.status
    from members m where m.account_id = ${accountId} and m.id = any(${sql.param(ids)}::uuid[]) order by ${order}`);
  return rows.map((row) => ({ ...row, paths: paths.filter(({ memberId }) => memberId === row.id) }));
}

/** The members whose name or address holds every word; one more than are looked at says that there are more. */
async function matching(accountId: string, q: string): Promise<string[]> {
  const words = q.toLowerCase().split(/\s+/).filter(Boolean).slice(0, 8);
  const all = words.map((word) => sql`m.haystack like ${`%${word.replaceAll(/[\\%_]/g, "\\$&")}%`}`);
  const rows = await db.execute<{ id: string }>(sql`
    select m.id from members m where m.account_id = ${accountId} and ${sql.join(all, sql` and `)} limit ${most + 1}`);
  return rows.map(({ id }) => id);
}
