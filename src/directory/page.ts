import { type SQL, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { grantCounts } from "../access/counts.ts";
import { type Foreseen, foreseenOr } from "../access/load-session.ts";
import type { SystemRole } from "../access/permissions.ts";
import { type Compiled, compile, run, type Tx } from "../db/client.ts";
import { readRecords, timeOf } from "../db/records.ts";
import type { MemberStatus } from "../db/schema.ts";
import { NotFound } from "../http/errors.ts";
import { uuidOr404 } from "../http/ids.ts";
import type { MailStatus } from "../mail/outbox.ts";
import { opensEveryMailbox, searchOf } from "./conditions.ts";
import { type Part, placesOf, positionOf, readCursor } from "./cursor.ts";
import { type Filters, isNarrowed } from "./filters.ts";
import { type Counted, frameOf } from "./frame.ts";
import { ordered, pageOf, valuesOf } from "./walk.ts";

/** A line of the list: a member, what they hold on the account by name, and which mailboxes. */
export interface Row {
  id: string;
  userId: string | null;
  email: string;
  firstName: string;
  lastName: string;
  sortName: string;
  corporate: boolean;
  status: MemberStatus;
  delivery: MailStatus | null;
  deliveryReply: string | null;
  /** Times as the database writes them in JSON: most are never asked for their value. */
  createdAt: string;
  lastSignInAt: string | null;
  endedAt: string | null;
  statusBefore: MemberStatus | null;
  guestUntil: string | null;
  /** System role (`s`) or the name of a custom role (`n`), in the order in which they were given. */
  roles: { s: SystemRole | null; n: string | null }[];
  /** How many permissions they hold on the account without a role. */
  singles: number;
  everyMailbox: boolean;
  /** The first of the mailboxes that they were given access to, and how many there are. */
  mailboxes: string[];
  mailboxCount: number;
}

/** A row before what they hold is added up. */
type Member = Omit<Row, "roles" | "singles" | "everyMailbox" | "mailboxes" | "mailboxCount">;

export interface ListPage {
  rows: Row[];
  /** How many rows stand before the first one. */
  position: number;
  /** Where the page before and the one after begin; undefined at the ends. */
  previous?: string;
  next?: string;
}

/** What a row says of the member; `memberOf` reads it. */
const columns = sql`m.id, m.user_id, m.email, m.first_name, m.last_name, m.sort_name, m.corporate, m.status, m.delivery,
  m.delivery_reply, m.created_at, m.last_sign_in_at, m.ended_at, m.status_before, m.guest_until`;

function memberOf(values: (string | null)[]): Member {
  const [id, userId, email, firstName, lastName, sortName, corporate, status, ...more] = values as string[];
  const [delivery, deliveryReply, createdAt, lastSignInAt, endedAt, statusBefore, guest] = more as (string | null)[];
  const person = { id, userId, email, firstName, lastName, sortName, corporate: corporate === "t", status };
  const times = { createdAt: timeOf(createdAt!), lastSignInAt: timeOf(lastSignInAt!), endedAt: timeOf(endedAt!) };
  return { ...person, delivery, deliveryReply, ...times, statusBefore, guestUntil: timeOf(guest!) } as Member;
}

/** What the database says of a page. The rows of both lists are read only where the page was not shown before. */
interface Found extends Counted {
  members: string | null;
  held: string | null;
  rows: number;
}

/**
 * One page of the list, and all that its members hold: of each grant the member, the system role or the name of a custom
 * one, the mailbox if it is not archived, whether it opens every mailbox, and whether and since when it is on the account. Grants are
 * looked up for the page as a whole, in one walk of their index; adding them up here costs half of what it costs there.
 */
const pageStatement = (filters: Pick<Filters, "sort" | "dir">, ctes: SQL, frame: SQL): SQL => sql`
    with ${ctes}
    select p.rows, p.members,
      (select string_agg(row(g.member_id, g.system_role, r.name, b.id, b.name, ${opensEveryMailbox},
          g.mailbox_id is null, case when g.mailbox_id is null then g.granted_at end)::text, chr(10))
        from grants g
        left join roles r on r.id = g.role_id
        left join mailboxes b on b.id = g.mailbox_id and b.archived_at is null
        where g.member_id = any(p.ids) and ${grantCounts()}) as held,
      f.*
    from (
      select count(*)::int as rows, array_agg(m.id) as ids,
        string_agg(row(${columns})::text, chr(10) order by ${ordered(filters.sort, filters.dir === "desc")}) as members
      from page m
    ) p, (${frame}) f`;

function placeOf(filters: Filters): Part {
  const backTo = readCursor(filters.before, filters.sort);
  return { place: backTo ?? readCursor(filters.after, filters.sort), back: Boolean(backTo) };
}

/**
 * One member as the list shows them, whatever their status; drafts to those who may send them. Absent or foreign: 404.
 * `tx`: as a transaction sees them.
 */
export async function findRow(actor: Actor, id: string, mayInvite: boolean, tx?: Tx): Promise<Row> {
  const one = sql`page as (select m.* from members m where m.account_id = ${actor.accountId} and m.id = ${uuidOr404(id)}::uuid
    and (${mayInvite}::boolean or m.status <> 'draft'))`;
  const statement = pageStatement({ sort: "created", dir: "desc" }, one, sql`select 0 as total`);
  const [found] = tx ? await tx.execute<Found & Record<string, unknown>>(statement) : await run<Found>(statement);
  const [row] = readRows(found!);
  if (row) return row;
  throw new NotFound();
}

/** A statement's text, and which of the values that a page asks for stands at each of its parameters. */
const texts = new Map<string, { sql: string; places: number[] }>();

/** A page of the whole list. */
const isPlain = (filters: Filters) => !isNarrowed(filters) && !filters.menu;

/**
 * A page of the whole list asks for nothing but the account and a place in it: its text is put together once for each look,
 * direction and kind of place.
 */
function statementOf(actor: Actor, filters: Filters, { place, back }: Part, look: string, build: () => SQL): Compiled {
  const values = [actor.accountId, ...(place ? valuesOf(place) : [])];
  const key = `${filters.sort} ${filters.dir} ${filters.size} ${back} ${values.length} ${look}`;
  // Somebody may be called like an id: then it could not be told which is which.
  const plain = isPlain(filters) && new Set(values).size === values.length;
  const known = plain && texts.get(key);
  if (known) return { sql: known.sql, params: known.places.map((place) => values[place]) };

  const built = compile(build());
  const places = built.params.map((value) => values.indexOf(value as string));
  if (plain && !places.includes(-1)) texts.set(key, { sql: built.sql, places });
  return built;
}

/**
 * The page and everything round it in one statement, however many rows. Without filters the server plans it once; a
 * filter is planned for its value. `written` is all that the database said of the rows; `read` makes a page of it. `asked`
 * is the statement where it can be asked again.
 */
export async function findList(actor: Actor, filters: Filters, mayInvite: boolean, foreseen?: Foreseen) {
  const search = filters.q ? await searchOf(filters.q) : undefined;
  const part = placeOf(filters);
  const wayThere = () => pageOf(actor, filters, mayInvite, part, search);
  // Of the whole list the way is known with the statement.
  const way = isPlain(filters) ? undefined : wayThere();
  const { statement, read, look } = frameOf(actor, filters, mayInvite, way?.found);
  const query = statementOf(actor, filters, part, `${mayInvite} ${look}`, () =>
    pageStatement(filters, (way ?? wayThere()).ctes, statement()),
  );
  const planned = isNarrowed(filters);
  const found = await foreseenOr(foreseen, query, () => run<Found>(query, { planned }));
  const shown = Math.min(filters.size, found.rows);
  return {
    written: `${found.members}\n\n${found.held}`,
    asked: planned ? undefined : query,
    frame: read(found, positionOf(part, shown) + shown),
    read: (): ListPage => pageFrom(readRows(found), filters, part),
  };
}

/** As the database sorts texts that all begin alike, as its times do; what is missing first. */
const compare = (a: string | null | undefined, b: string | null | undefined) => {
  const [left, right] = [a ?? "", b ?? ""];
  return left < right ? -1 : Number(left > right);
};

/** The members with what each holds added up: roles in the order in which they were given, mailboxes by name. */
function readRows({ members, held }: Pick<Found, "members" | "held">): Row[] {
  const rows = readRecords(members).map(
    (values): Row =>
      Object.assign(memberOf(values), { roles: [], singles: 0, everyMailbox: false, mailboxes: [], mailboxCount: 0 }),
  );
  const byId = new Map(rows.map((row) => [row.id, { row, boxes: new Map<string, string>() }]));
  // By the time, then by the role, so that they stand in the same order each time.
  const given = readRecords(held).sort((a, b) => compare(a[7], b[7]) || compare(a[1] ?? a[2], b[1] ?? b[2]));
  for (const [member, s, n, box, name, opens, wide] of given) {
    const { row, boxes } = byId.get(member!)!;
    if (wide === "t" && (s || n)) row.roles.push({ s: s as SystemRole | null, n: n ?? null });
    else if (wide === "t") row.singles++;
    if (opens === "t") row.everyMailbox = true;
    if (box) boxes.set(box, name ?? "");
  }
  for (const { row, boxes } of byId.values()) {
    row.mailboxes = [...new Set(boxes.values())].sort().slice(0, 8);
    row.mailboxCount = boxes.size;
  }
  return rows;
}

function pageFrom(found: Row[], { size, sort }: Filters, part: Part): ListPage {
  const more = found.length > size;
  const rows = part.back && more ? found.slice(1) : found.slice(0, size);
  return { rows, ...placesOf(rows, sort, more, part) };
}
