import type { Reader } from "../db/client.ts";
import { db } from "../db/client.ts";
import { instanceSettings } from "../db/schema.ts";

/** The settings of this installation; there is one row, written by the release step. */
export async function instance(reader: Reader = db): Promise<typeof instanceSettings.$inferSelect> {
  const [row] = await reader.select().from(instanceSettings);
  return row!;
}
