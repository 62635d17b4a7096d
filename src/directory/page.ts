import { type SQL, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import type { SystemRole } from "../access/permissions.ts";
import { type Compiled, compile, run } from "../db/client.ts";
import type { MemberStatus } from "../db/schema.ts";
import { NotFound } from "../http/errors.ts";
import { uuidOr404 } from "../http/ids.ts";
import type { MailStatus } from "../mail/outbox.ts";
import { opensEveryMailbox, searchOf } from "./conditions.ts";
import { type Cursor, readCursor, writeCursor } from "./cursor.ts";
import { type Filters, isNarrowed, type Sort } from "./filters.ts";
import { frameOf } from "./frame.ts";
import { ordered, type Part, pageOf } from "./walk.ts";

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
  /** Times as the database writes them in JSON: most of them are never asked for their value. */
  createdAt: string;
  lastSignInAt: string | null;
  endedAt: string | null;
  statusBefore: MemberStatus | null;
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

/** What a row says of the member, under the names of `Row`. */
const columns = sql`m.id, m.user_id as "userId", m.email, m.first_name as "firstName", m.last_name as "lastName",
  m.sort_name as "sortName", m.corporate, m.status, m.delivery, m.delivery_reply as "deliveryReply",
  m.created_at as "createdAt", m.last_sign_in_at as "lastSignInAt", m.ended_at as "endedAt",
  m.status_before as "statusBefore"`;

/** A grant of one of the members: system role, name of a custom role, mailbox if it is not archived, opens every mailbox. */
type Held = [
  member: string,
  s: SystemRole | null,
  n: string | null,
  box: string | null,
  name: string | null,
  opens: boolean,
  wide: boolean,
];

interface Found {
  rows: Member[] | null;
  held: Held[] | null;
  frame: Parameters<ReturnType<typeof frameOf>["read"]>[0];
}

/**
 * One page of the list, and all that its members hold. Grants are looked up for the page as a whole, in one walk of their
 * index, and added up here: adding up in the database costs twice as much as all the rest of the page.
 */
const pageStatement = (filters: Pick<Filters, "sort" | "dir">, ctes: SQL, frame: SQL): SQL => sql`
    with ${ctes},
    given as (
      select json_build_array(g.member_id, g.system_role, r.name, b.id, b.name, ${opensEveryMailbox}, g.mailbox_id is null) as line,
        g.granted_at, g.id
      from grants g
      left join roles r on r.id = g.role_id
      left join mailboxes b on b.id = g.mailbox_id and b.archived_at is null
      where g.member_id = any(array(select id from page)) and g.ended_at is null
    )
    select (select json_agg(p) from (select ${columns} from page m order by ${ordered(filters.sort, filters.dir === "desc")}) p) as rows,
      (select json_agg(line order by granted_at, id) from given) as held,
      (select row_to_json(f) from (${frame}) f) as frame`;

function placeOf(filters: Filters): Part {
  const backTo = readCursor(filters.before, filters.sort);
  return { place: backTo ?? readCursor(filters.after, filters.sort), back: Boolean(backTo) };
}

/** One member as the list shows them, whatever their status; drafts to those who may send them. Absent or foreign: 404. */
export async function findRow(actor: Actor, id: string, mayInvite: boolean): Promise<Row> {
  const one = sql`page as (select m.* from members m where m.account_id = ${actor.accountId} and m.id = ${uuidOr404(id)}::uuid
    and (${mayInvite}::boolean or m.status <> 'draft'))`;
  const [found] = await run<Found>(compile(pageStatement({ sort: "created", dir: "desc" }, one, sql`select null`)));
  const [row] = withHoldings(found!.rows ?? [], found!.held ?? []);
  if (!row) throw new NotFound();
  return row;
}

const texts = new Map<string, Compiled>();

/** The first page of the whole list asks for nothing but the account: its text is put together once for each look. */
function statementOf(actor: Actor, filters: Filters, look: string, build: () => SQL): Compiled {
  const key = `${filters.sort} ${filters.dir} ${filters.size} ${look}`;
  const plain = !isNarrowed(filters) && !filters.after && !filters.before && !filters.menu;
  const known = plain && texts.get(key);
  if (known) return { sql: known.sql, params: known.params.map(() => actor.accountId) };

  const built = compile(build());
  if (plain && built.params.every((value) => value === actor.accountId)) texts.set(key, built);
  return built;
}

/**
 * The page and everything round it in one statement, however many rows. Without filters the server plans it once; a
 * filter is planned for its value.
 */
export async function findList(actor: Actor, filters: Filters, mayInvite: boolean) {
  const search = filters.q ? await searchOf(filters.q) : undefined;
  const way = pageOf(actor, filters, mayInvite, placeOf(filters), search);
  const { statement, read, look } = frameOf(actor, filters, mayInvite, way.found);
  const query = statementOf(actor, filters, `${mayInvite} ${look}`, () =>
    pageStatement(filters, way.ctes, statement()),
  );
  const [found] = await run<Found>(query, { planned: isNarrowed(filters) });
  const page = pageFrom(withHoldings(found!.rows ?? [], found!.held ?? []), filters);
  return { page, frame: read(found!.frame, page.position + page.rows.length) };
}

/** The members with what each holds added up: roles in the order in which they were given, mailboxes by name. */
function withHoldings(members: Member[], held: Held[]): Row[] {
  const rows = members.map(
    (member): Row =>
      Object.assign(member, { roles: [], singles: 0, everyMailbox: false, mailboxes: [], mailboxCount: 0 }),
  );
  const byId = new Map(rows.map((row) => [row.id, { row, boxes: new Map<string, string>() }]));
  for (const [member, s, n, box, name, opens, wide] of held) {
    const { row, boxes } = byId.get(member)!;
    if (wide && (s || n)) row.roles.push({ s, n });
    else if (wide) row.singles++;
    if (opens) row.everyMailbox = true;
    if (box) boxes.set(box, name ?? "");
  }
  for (const { row, boxes } of byId.values()) {
    row.mailboxes = [...new Set(boxes.values())].sort().slice(0, 8);
    row.mailboxCount = boxes.size;
  }
  return rows;
}

function pageFrom(found: Row[], filters: Filters): ListPage {
  const { place, back } = placeOf(filters);
  const more = found.length > filters.size;
  const rows = back && more ? found.slice(1) : found.slice(0, filters.size);
  return { rows, ...placesOf(rows, filters.sort, more, place, back) };
}

function placesOf(rows: Row[], sort: Sort, more: boolean, place: Cursor | undefined, back: boolean) {
  const position = Math.max(0, back ? (place?.position ?? 0) - rows.length : (place?.position ?? 0));
  const [first, last] = [rows[0], rows.at(-1)];
  const at = (row: Row | undefined, before: number) =>
    row && writeCursor({ sort, value: placeValue(row, sort), id: row.id, position: before });
  return {
    position,
    previous: (back ? more : place) ? at(first, position) : undefined,
    next: (back ? place : more) ? at(last, position + rows.length) : undefined,
  };
}

function placeValue(row: Row, sort: Sort): Cursor["value"] {
  if (sort === "created") return Date.parse(row.createdAt);
  if (sort === "signed_in") return row.lastSignInAt === null ? null : Date.parse(row.lastSignInAt);
  if (sort === "address") return row.email;
  return row.sortName;
}
