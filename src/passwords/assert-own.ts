import { eq } from "drizzle-orm";
import type { Person } from "../access/person.ts";
import { countGuess, forgiveGuess } from "../auth/guesses.ts";
import { checkPassword } from "../auth/passwords.ts";
import { recordFailed } from "../confirmations/record-failed.ts";
import { db } from "../db/client.ts";
import { users } from "../db/schema.ts";
import { Invalid } from "../http/errors.ts";
import { t } from "../i18n/t.ts";

/**
 * Asks somebody who is signed in for their password again, before a change that would lock them out of their own
 * profile. Counted like a sign-in, and a wrong one written into the log. Throws Invalid beside `field`; not to be called inside a transaction, so that the
 * count stays when the change is refused.
 */
export async function assertOwnPassword(
  person: Pick<Person, "userId" | "requestId" | "ip">,
  typed: string,
  field: string,
): Promise<void> {
  await countGuess(person.userId);
  const [user] = await db.select({ hash: users.passwordHash }).from(users).where(eq(users.id, person.userId));
  if (!(await checkPassword(user?.hash, typed))) {
    await recordFailed(person);
    throw new Invalid(field, t("This is not your current password."));
  }
  await forgiveGuess(person.userId);
}
