import { sql } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { db } from "../src/db/client.ts";
import { admin } from "./support/browser.ts";

describe("the log itself", () => {
  test.each([
    ["update", sql`update events set name = 'role.created'`],
    ["delete", sql`delete from events`],
    ["truncate", sql`truncate events`],
  ])("T95 the database refuses to %s events", async (_what, statement) => {
    await admin("viewer");
    await expect(db.execute(statement)).rejects.toMatchObject({ cause: { code: "23001" } });
    const [row] = await db.execute<{ count: number }>(sql`select count(*)::int as count from events`);
    expect(row!.count).toBeGreaterThan(0);
  });
});
