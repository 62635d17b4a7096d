import { type SQL, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import type { SystemRole } from "../access/permissions.ts";
import { run } from "../db/client.ts";
import type { MemberStatus } from "../db/schema.ts";
import type { MailStatus } from "../mail/outbox.ts";
import { opensEveryMailbox } from "./conditions.ts";
import { type Cursor, readCursor, writeCursor } from "./cursor.ts";
import { type Filters, isNarrowed, type Sort } from "./filters.ts";
import { frameOf } from "./frame.ts";
import { ordered, pageOf } from "./walk.ts";

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
  createdAt: Date;
  lastSignInAt: Date | null;
  endedAt: Date | null;
  /** System role (`s`) or the name of a custom role (`n`), in the order in which they were given. */
  roles: { s: SystemRole | null; n: string | null }[];
  /** How many permissions they hold on the account without a role. */
  singles: number;
  everyMailbox: boolean;
  /** The first of the mailboxes that they were given access to, and how many there are. */
  mailboxes: string[];
  mailboxCount: number;
}

export interface ListPage {
  rows: Row[];
  /** How many rows stand before the first one. */
  position: number;
  /** Where the page before and the one after begin; undefined at the ends. */
  previous?: string;
  next?: string;
}

/** One page of the list with what each member holds. */
function pageStatement(actor: Actor, filters: Filters, mayInvite: boolean): SQL {
  const { place, back } = placeOf(filters);
  return sql`
    with ${pageOf(actor, filters, mayInvite, place, back)}
    select m.id, m.user_id as "userId", m.email, m.first_name as "firstName", m.last_name as "lastName",
      m.sort_name as "sortName", m.corporate, m.status, m.delivery, m.delivery_reply as "deliveryReply", m.created_at as "createdAt",
      m.last_sign_in_at as "lastSignInAt", m.ended_at as "endedAt",
      coalesce(held.roles, '[]') as roles, held.singles, coalesce(held.everywhere, false) as "everyMailbox",
      coalesce(held.mailboxes, '{}') as mailboxes, held.boxes as "mailboxCount"
    from page m
    left join lateral (
      select json_agg(json_build_object('s', g.system_role, 'n', r.name) order by g.granted_at, g.id)
          filter (where g.mailbox_id is null and g.permission is null) as roles,
        count(*) filter (where g.mailbox_id is null and g.permission is not null)::int as singles,
        bool_or(${opensEveryMailbox}) as everywhere,
        (array_agg(distinct b.name) filter (where b.id is not null))[1:8] as mailboxes,
        count(distinct b.id)::int as boxes
      from grants g
      left join roles r on r.id = g.role_id
      left join mailboxes b on b.id = g.mailbox_id and b.archived_at is null
      where g.member_id = m.id and g.ended_at is null
    ) held on true
    order by ${ordered(filters.sort, filters.dir === "desc")}`;
}

function placeOf(filters: Filters) {
  const backTo = readCursor(filters.before, filters.sort);
  return { place: backTo ?? readCursor(filters.after, filters.sort), back: Boolean(backTo) };
}

/**
 * The page and everything round it in one statement, however many rows. Without filters the server plans it once; a
 * filter is planned for its value.
 */
export async function findList(actor: Actor, filters: Filters, mayInvite: boolean) {
  const { statement, read } = frameOf(actor, filters, mayInvite);
  const all = sql`select
    (select coalesce(json_agg(p), '[]') from (${pageStatement(actor, filters, mayInvite)}) p) as rows,
    (select row_to_json(f) from (${statement}) f) as frame`;
  type Found = { rows: Row[]; frame: Parameters<typeof read>[0] };
  const [found] = await run<Found>(all, { planned: isNarrowed(filters) });
  return { page: pageFrom(found!.rows, filters), frame: read(found!.frame) };
}

function pageFrom(found: Row[], filters: Filters): ListPage {
  const { place, back } = placeOf(filters);
  const more = found.length > filters.size;
  const rows = (back && more ? found.slice(1) : found.slice(0, filters.size)).map(withDates);
  return { rows, ...placesOf(rows, filters.sort, more, place, back) };
}

const toDate = (value: Date | string | null) => (value === null ? null : new Date(value));
const withDates = (row: Row): Row => ({
  ...row,
  createdAt: toDate(row.createdAt)!,
  lastSignInAt: toDate(row.lastSignInAt),
  endedAt: toDate(row.endedAt),
});

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
  if (sort === "created") return row.createdAt.getTime();
  if (sort === "signed_in") return row.lastSignInAt?.getTime() ?? null;
  if (sort === "address") return row.email;
  return row.sortName;
}
