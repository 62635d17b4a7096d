import { sql } from "drizzle-orm";
import { db } from "../db/client.ts";

/**
 * Switches profiles on again that an account had switched off (D13) and that it can never restore, because it was deleted
 * itself more than 30 days ago: they release themselves, or are taken in (X2). Returns how many; fewer than `size` means
 * none is left.
 */
export async function freeOrphans(size: number): Promise<number> {
  const freed = await db.execute(sql`
    update users set disabled_at = null where id in (
      select u.id from accounts a join users u on u.corporate_account_id = a.id
      where a.deleted_at <= now() - interval '30 days' and u.disabled_at is not null
      limit ${size} for update of u skip locked)
    returning 1`);
  return freed.length;
}
