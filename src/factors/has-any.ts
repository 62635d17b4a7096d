import { sql } from "drizzle-orm";
import { hasFactor } from "../access/has-factor.ts";
import { db, type Reader } from "../db/client.ts";

/** Whether somebody has a second factor. */
export async function hasAny(userId: string, reader: Pick<Reader, "execute"> = db): Promise<boolean> {
  const [row] = await reader.execute<{ any: boolean }>(sql`select ${hasFactor(sql`${userId}::uuid`)} as any`);
  return Boolean(row?.any);
}
