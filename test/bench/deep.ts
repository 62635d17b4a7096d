import postgres from "postgres";
import type { Case } from "./cases.ts";
import { at, ms, report, sample } from "./measure.ts";
import { fetchPage } from "./processes.ts";
import type { World } from "./world.ts";

/** So many places from a depth on, a page apart: each as the list's own link would name it, and for the floor. */
export async function cursorsFrom(world: World, depth: number, count: number) {
  const { writeCursor } = await import("../../src/directory/cursor.ts");
  const sql = postgres(world.url, { max: 1 });
  const rows = await sql`
    select id, created_at, created_at::text as at from members
    where account_id = ${world.accountId} and status <> 'removed'
    order by created_at desc, id desc offset ${depth} limit ${count * apart}`;
  await sql.end();
  return rows
    .filter((_, n) => n % apart === 0)
    .map((row, n) => {
      const place = { value: row.created_at.getTime(), id: row.id, position: depth + n * apart };
      return {
        query: `after=${writeCursor({ sort: "created", ...place })}`,
        row: { id: row.id as string, at: row.at as string },
      };
    });
}

const apart = 29;

/** The place of a row so many rows down the list. */
export const cursorAt = async (world: World, depth: number) => (await cursorsFrom(world, depth, 1))[0]!;

/**
 * Pages at nine tenths of the list against pages at its top, like with like and in turns: pages that nobody has seen, which
 * are looked up and rendered (that is what keyset is about, so that is judged), and one page of each asked again and again,
 * whose bytes are kept.
 */
export const deepCase: Case = async ({ world, floor, muster, cookie }) => {
  const turns = Math.min(100, Math.floor(world.rows / 10 / apart) - 1);
  const depth = Math.floor(world.rows * 0.9);
  const [near, far] = [await cursorsFrom(world, 1, turns), await cursorsFrom(world, depth, turns)];
  const page = (query: string) => fetchPage(`${muster.url}/admin/users?${query}`, cookie);
  await sample(50, () => page(""));

  const compare = async (what: string, queries: (n: number) => [string, string], budget: string) => {
    const [top, deep]: [number[], number[]] = [[], []];
    for (let n = 0; n < turns; n++) {
      const [first, second] = queries(n);
      // Each goes first in every other turn.
      const order = [
        [first, top],
        [second, deep],
      ] as const;
      for (const [query, times] of n % 2 ? order.toReversed() : order)
        times.push(...(await sample(1, () => page(query))));
    }
    for (const times of [top, deep]) times.sort((a, b) => a - b);
    const ratio = at(deep, 0.5) / at(top, 0.5);
    report(what, ms(at(deep, 0.5)), ms(at(top, 0.5)), ratio, budget, budget ? ratio <= 1.2 : null);
    return at(deep, 0.5);
  };
  const fresh = await compare(
    `page at ${depth}, new, against new ones at the top`,
    (n) => [near[n]!.query, far[n]!.query],
    "≤ 1.2",
  );
  await compare("the same, asked again and again", () => ["", far[0]!.query], "");

  const bare = await sample(turns, (n) => {
    const { at, id } = far[n]!.row;
    return fetch(`${floor.url}/deep?at=${encodeURIComponent(at)}&id=${id}`).then((answer) => answer.text());
  });
  report("new pages there, against the floor's", ms(fresh), ms(at(bare, 0.5)), fresh / at(bare, 0.5), "", null);
};

/** The list's own search, in this process on one connection, ten times: the plan may flip to the generic one. */
export async function searchTimes(world: World, needle: string): Promise<number[]> {
  const { findList } = await import("../../src/directory/page.ts");
  const { readFilters } = await import("../../src/directory/filters.ts");
  const { system } = await import("../../src/access/actor.ts");
  const { configureDatabase, closeDatabase } = await import("../../src/db/client.ts");
  configureDatabase({ url: world.url, max: 1 });
  const filters = readFilters({ q: needle }, true);
  await findList(system(world.accountId), filters, true);
  const times = await sample(10, () => findList(system(world.accountId), filters, true));
  await closeDatabase();
  return times;
}
