import postgres from "postgres";
import { sample } from "./measure.ts";
import type { World } from "./world.ts";

/** The place of a row so many rows down the list: as the list's own link would name it, and for the floor. */
export async function cursorAt(world: World, depth: number) {
  const { writeCursor } = await import("../../src/directory/cursor.ts");
  const sql = postgres(world.url, { max: 1 });
  const [row] = await sql`
    select id, created_at, created_at::text as at from members
    where account_id = ${world.accountId} order by created_at desc, id desc offset ${depth} limit 1`;
  await sql.end();
  const cursor = writeCursor({ sort: "created", value: row!.created_at.getTime(), id: row!.id, position: depth });
  return { query: `after=${cursor}`, row: { id: row!.id as string, at: row!.at as string } };
}

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
