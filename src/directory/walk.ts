import { type SQL, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { all, conditionsOf, heldBy, manyFound, type Search, sortKeys, visible } from "./conditions.ts";
import type { Cursor, Part } from "./cursor.ts";
import type { Filters, Sort } from "./filters.ts";

/** The order of the list, with the id where values are the same, so that every row has one place. */
export const ordered = (sort: Sort, down: boolean): SQL =>
  down ? sql`${sortKeys[sort]} desc, m.id desc` : sql`${sortKeys[sort]}, m.id`;

/** What a place is to the database: the value of the sort (none where it is missing) and the id. */
export const valuesOf = ({ value, id }: Cursor): string[] =>
  value === null ? [id] : [typeof value === "number" ? new Date(value).toISOString() : value, id];

/** The rows on the far side of a place; `key` is what the list is sorted by. */
function beyond(place: Cursor, down: boolean, key: SQL): SQL {
  const [value] = valuesOf(place);
  const edge =
    place.value === null
      ? sql`'-infinity'::timestamptz`
      : typeof place.value === "number"
        ? sql`${value}::timestamptz`
        : sql`${value}::text`;
  return sql`(${key}, m.id) ${down ? sql`<` : sql`>`} (${edge}, ${place.id}::uuid)`;
}

/** Numbers of ours are written into the text: with a parameter for a limit the server plans each page anew. */
const number = (value: number): SQL => sql.raw(String(value));

/** CTEs that end in `page`; for searches and grants also how many they find on the way, and whether there are more. */
export interface Way {
  ctes: SQL;
  found?: { total: SQL; more: SQL };
}

/**
 * The members of one page and one more. Without filters, a walk along the index of the sort.
 *
 * With filters, the walk looks at the next few thousand rows first: filters that let enough of them pass are served by
 * that (`passed`). Others are rare or far away: their rows are gathered through their own index and sorted. Only where
 * that index is the grants' and there are too many of them, the walk goes on to the end. Each way is materialized, so
 * none can take another's plan, whatever the planner thinks of the value (874 ms against 4.6 in an account of a million).
 * A search that is known to be rare is gathered at once, and so are the members behind few grants.
 */
export function pageOf(actor: Actor, filters: Filters, mayInvite: boolean, part: Part, search?: Search): Way {
  const { sort, size } = filters;
  const { place, back } = part;
  const down = (filters.dir === "desc") !== back;
  const conditions = conditionsOf(actor, filters, search);
  const { bounds, rest, held } = conditions;
  const everybody = [sql`m.account_id = ${actor.accountId}`, visible(filters, mayInvite), ...bounds];
  const base = place ? [...everybody, beyond(place, down, sortKeys[sort])] : everybody;
  const limit = number(size + 1);
  const first = (count: SQL, conditions: SQL[]) =>
    sql`select m.* from members m where ${all(conditions)} order by ${ordered(sort, down)} limit ${count}`;
  if (rest.length === 0) return { ctes: sql`page as (${first(limit, base)})` };

  const gathering = (from: SQL, conditions: SQL[]) =>
    sql`gathered as materialized (select m.id, ${sortKeys[sort]} as place from ${from} where ${all([...everybody, ...conditions])})`;
  const gathered = sql`select id from gathered m ${place ? sql`where ${beyond(place, down, sql`place`)}` : sql``}
    order by ${down ? sql`place desc, id desc` : sql`place, id`} limit ${limit}`;
  const total = sql`(select count(*)::int from (select from gathered limit ${number(manyFound + 1)}) x)`;
  if (search?.rare) {
    const page = sql`page as (select m.* from members m where m.id in (${gathered}))`;
    const ctes = sql`${gathering(sql`members m`, [...rest, ...search.indexed])}, ${page}`;
    return { ctes, found: { total, more: sql`false` } };
  }

  const most = number(2000 + (search?.several ? 80 : 40) * size);
  const { cte, few } = held ? heldBy(actor.accountId, held) : { cte: undefined, few: sql`true` };
  const from = held ? sql`held join members m on m.id = held.member_id` : sql`members m`;
  const ctes = sql`
    ${cte ? sql`${cte},` : sql``}
    near as materialized (${first(most, base)}),
    passed as materialized (select m.* from near m where ${all(rest)} order by ${ordered(sort, down)} limit ${limit}),
    served as materialized (
      select ${held ? sql`not ${few} and` : sql``}
        ((select count(*) from passed) = ${limit} or (select count(*) from near) < ${most}) as yes),
    ${gathering(from, conditions.whole)},
    page as (
      select * from passed where (select yes from served)
      union all
      (select m.* from members m where not (select yes from served) and ${few} and m.id in (${gathered}))
      ${held ? sql`union all (select m.* from members m where not (select yes from served) and not ${few} and ${all([...base, ...rest])} order by ${ordered(sort, down)} limit ${limit})` : sql``}
    )`;
  if (held) return { ctes, found: { total, more: sql`not ${few}` } };
  if (!search) return { ctes };
  // Counted from the top of the list, wherever the page is.
  const top = place ? sql`top` : sql`near`;
  const counted = sql`case when (select yes from served) then (select count(*)::int from ${top} m where ${all(rest)}) else ${total} end`;
  return {
    ctes: place ? sql`top as materialized (${first(most, everybody)}), ${ctes}` : ctes,
    found: { total: counted, more: sql`(select yes from served) and (select count(*) from ${top}) = ${most}` },
  };
}
