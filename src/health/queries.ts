import { sql } from "drizzle-orm";
import { db } from "../db/client.ts";

/** What the database says of itself within a second: how many workers are alive, or undefined when it is away. */
export async function askDatabase(): Promise<{ workers: number } | undefined> {
  const late = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), 1000).unref());
  const asked = db.execute<{ workers: number }>(sql`
    select (select count(*)::int from workers where seen_at > now() - interval '1 minute') as workers
    from instance_settings`);
  const answer = await Promise.race([asked, late]).catch(() => undefined);
  return answer?.[0];
}
