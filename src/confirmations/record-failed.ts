import { eq, sql } from "drizzle-orm";
import type { Person } from "../access/person.ts";
import { homeAccountId } from "../accounts/home.ts";
import { insertEventsOf } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { users } from "../db/schema.ts";

/**
 * Writes down that whoever sits there did not prove that they are this user, in the log of the account that the user used
 * last. As seldom as guesses are counted: the count comes first, and nothing is written beyond it. Not to be called inside a
 * transaction, so that it stays when the change is refused.
 */
export async function recordFailed({ userId, requestId, ip }: Pick<Person, "userId" | "requestId" | "ip">) {
  const author = { userId: null, accountId: sql`f.account_id`, label: sql`f.label`, requestId, ip };
  const entry = sql`
    select id::text, email as label, null::jsonb as before, null::jsonb as after, ${homeAccountId} as account_id
    from users where ${eq(users.id, userId)}`;
  await db.execute(insertEventsOf(author, "user.confirmation_failed", "user", entry));
}
