import { type SQL, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { conditionsOf, heldBy, sortKeys, visible } from "./conditions.ts";
import type { Cursor } from "./cursor.ts";
import type { Filters, Sort } from "./filters.ts";

const all = (conditions: SQL[]) => sql.join(conditions, sql` and `);

/** The order of the list, with the id where values are the same, so that every row has one place. */
export const ordered = (sort: Sort, down: boolean): SQL =>
  down ? sql`${sortKeys[sort]} desc, m.id desc` : sql`${sortKeys[sort]}, m.id`;

/** The rows on the far side of a place. */
function beyond({ sort, value, id }: Cursor, down: boolean): SQL {
  const edge =
    value === null
      ? sql`'-infinity'::timestamptz`
      : typeof value === "number"
        ? sql`${new Date(value).toISOString()}::timestamptz`
        : sql`${value}::text`;
  return sql`(${sortKeys[sort]}, m.id) ${down ? sql`<` : sql`>`} (${edge}, ${id}::uuid)`;
}

/**
 * The members of one page and one more, as CTEs that end in `page`. Without filters, a walk along the index of the sort.
 *
 * With filters, the walk looks at the next few thousand rows first: filters that let enough of them pass are served by
 * that (`passed`). Others are rare or far away: their rows are gathered through their own index and sorted. Only where
 * that index is the grants' and there are too many of them, the walk goes on to the end. Each way is materialized, so
 * none can take another's plan, whatever the planner thinks of the value (874 ms against 4.6 in an account of a million).
 */
export function pageOf(
  actor: Actor,
  filters: Filters,
  mayInvite: boolean,
  place: Cursor | undefined,
  back: boolean,
): SQL {
  const { sort, size } = filters;
  const down = (filters.dir === "desc") !== back;
  const order = ordered(sort, down);
  const { bounds, rest, whole, held } = conditionsOf(actor, filters);
  const base = [sql`m.account_id = ${actor.accountId}`, visible(filters, mayInvite), ...bounds];
  if (place) base.push(beyond(place, down));
  // Written into the text: with a parameter here the server expects many rows, and plans each page anew.
  const limit = sql.raw(String(size + 1));
  if (rest.length === 0) {
    return sql`page as (select m.* from members m where ${all(base)} order by ${order} limit ${limit})`;
  }

  const near = 2000 + 40 * size;
  const { cte, few } = held ? heldBy(actor.accountId, held) : { cte: undefined, few: sql`true` };
  const gathered = sql`select m.id, ${sortKeys[sort]} as place from
    ${held ? sql`held join members m on m.id = held.member_id` : sql`members m`} where ${all([...base, ...whole])}`;
  const direction = down ? sql`place desc, id desc` : sql`place, id`;
  return sql`
    near as materialized (select m.* from members m where ${all(base)} order by ${order} limit ${near}),
    passed as materialized (select m.* from near m where ${all(rest)} order by ${order} limit ${limit}),
    served as materialized (
      select (select count(*) from passed) = ${limit} or (select count(*) from near) < ${near}::int as yes),
    ${cte ? sql`${cte},` : sql``}
    gathered as materialized (${gathered}),
    page as (
      select * from passed where (select yes from served)
      union all
      (select m.* from members m where not (select yes from served) and ${few}
        and m.id in (select id from gathered order by ${direction} limit ${limit}))
      ${held ? sql`union all (select m.* from members m where not (select yes from served) and not ${few} and ${all([...base, ...rest])} order by ${order} limit ${limit})` : sql``}
    )`;
}
