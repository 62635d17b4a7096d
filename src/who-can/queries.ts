import { sql } from "drizzle-orm";
import { db } from "../db/client.ts";
import type { MemberStatus } from "../db/schema.ts";
import { searchOf } from "../directory/conditions.ts";
import { memberCounts } from "../why/counts.ts";
import { type Path, pathsOf, type Question } from "../why/paths.ts";
import type { Place } from "./forms.ts";
import { type Looked, lookFor, type Person, person } from "./streams.ts";

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
  /** The page ends where looking stopped, not where it was full: there may be more behind. */
  stopped: boolean;
}

/** So many are put in the order of their names; where more may hold the right, the list goes by their ids. */
export const most = 1000;

/** Of each list a page looks at so many grants for each of its rows: at first, and once more where the first held few who count. */
const looks = { first: 4, again: 40 };

/** A page of those who have the right at that place and moment. */
export async function whoCan(
  accountId: string,
  question: Question,
  q: string,
  place: Place | null,
  size = 50,
): Promise<Holders> {
  if (q) return searched(accountId, question, q, place, size);
  const after = place?.by === "id" ? place.id : "";
  const look = size * looks.first;
  const first = await lookFor(accountId, question, { size: size + 1, after, look, most: after ? undefined : most });
  if (!after && !first.upTo) return byName(accountId, question, first.people, { place, size });
  if (!first.many) {
    const all = await lookFor(accountId, question, { size: most, after, look: most + 2 });
    return byName(accountId, question, all.people, { place, size });
  }
  return byId(accountId, question, first, size);
}

/** A page behind a member: what the first look found and, where that did not fill it, a second, longer one; no third. */
async function byId(accountId: string, question: Question, first: Looked, size: number): Promise<Holders> {
  const found = first.people;
  let { upTo } = first;
  if (upTo && found.length <= size) {
    const how = { size: size + 1 - found.length, after: upTo, look: size * looks.again };
    const second = await lookFor(accountId, question, how);
    found.push(...second.people);
    ({ upTo } = second);
  }
  const shown = found.slice(0, size);
  const full = found.length > size;
  const id = full ? shown.at(-1)!.id : upTo;
  const next: Place | null = id ? { by: "id", id, name: "" } : null;
  const rows = withPaths(shown, await pathsFor(accountId, question, shown));
  return { rows, next, total: null, cut: false, stopped: !full && next !== null };
}

/** A page by name of all these people. */
async function byName(
  accountId: string,
  question: Question,
  people: Person[],
  { place, size, paths }: { place: Place | null; size: number; paths?: Path[] },
): Promise<Holders> {
  const order = people
    .map((each) => ({ ...each, bytes: Buffer.from(each.sortName) }))
    .sort((one, other) => Buffer.compare(one.bytes, other.bytes) || (one.id < other.id ? -1 : 1));
  const bytes = Buffer.from(place?.name ?? "");
  const behind =
    place?.by === "name"
      ? order.findIndex((each) => (Buffer.compare(bytes, each.bytes) || (place.id < each.id ? -1 : 1)) < 0)
      : 0;
  const from = behind < 0 ? order.length : behind;
  const shown = order.slice(from, from + size);
  const rows = withPaths(shown, paths ?? (await pathsFor(accountId, question, shown)));
  const last = shown.at(-1);
  const more = last && order.length > from + size;
  const next: Place | null = more ? { by: "name", name: last.sortName, id: last.id } : null;
  return { rows, next, total: order.length, cut: false, stopped: false };
}

/** Of those whose name or address is searched for, who has it; more than are looked at: the first of them only. */
async function searched(accountId: string, question: Question, q: string, place: Place | null, size: number) {
  const search = (await searchOf(q))!;
  const found = await db.execute<Person & { stands: boolean }>(sql`
    select ${person}, ${memberCounts(question.at)} as stands from members m
    where m.account_id = ${accountId} and ${sql.join([...search.indexed, search.check], sql` and `)} limit ${most + 1}`);
  const standing = found.slice(0, most).filter(({ stands }) => stands);
  const paths = await pathsFor(accountId, question, standing);
  const holding = new Set(paths.map(({ memberId }) => memberId));
  const people = standing.filter(({ id }) => holding.has(id));
  const page = await byName(accountId, question, people, { place, size, paths });
  return found.length > most ? { ...page, total: null, cut: true } : page;
}

const pathsFor = (accountId: string, question: Question, people: Person[]) =>
  pathsOf(
    db,
    accountId,
    people.map(({ id }) => id),
    question,
    "counting",
  );

function withPaths(people: Person[], paths: Path[]): Holder[] {
  const of = Map.groupBy(paths, ({ memberId }) => memberId);
  return people.map(({ id, name, email, status }) => ({ id, name, email, status, paths: of.get(id) ?? [] }));
}
