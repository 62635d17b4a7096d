import { eq } from "drizzle-orm";
import type { Person } from "../access/person.ts";
import { recordEvent } from "../audit/record.ts";
import { assertGoodPassword, hashPassword, wordsAgainst } from "../auth/passwords.ts";
import { db } from "../db/client.ts";
import { users } from "../db/schema.ts";
import { Invalid } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { queueMail } from "../mail/outbox.ts";
import { endAllSessions } from "../sessions/end-all.ts";
import { assertOwnPassword } from "./assert-own.ts";
import { dropLinks } from "./drop-links.ts";

/**
 * Sets a new password after asking for the old one. Every session ends in the same commit (T37), the one that asks too:
 * the route gives it a new id (T39).
 */
export async function changePassword(person: Person, typed: { current: string; password: string }, device: string) {
  await assertOwnPassword(person, typed.current, "current");
  if (typed.password === typed.current)
    throw new Invalid("password", t("This is your current password. Choose a new one."));
  const [known] = await db.select().from(users).where(eq(users.id, person.userId));
  assertGoodPassword(typed.password, await wordsAgainst(db, known!));
  const passwordHash = await hashPassword(typed.password);

  return db.transaction(async (tx) => {
    const [user] = await tx.update(users).set({ passwordHash }).where(eq(users.id, person.userId)).returning();
    await endAllSessions(tx, user!.id);
    await dropLinks(tx, user!);
    await recordEvent(tx, person, "user.password_changed", { type: "user", id: user!.id, label: user!.email });
    await queueMail(tx, { kind: "password_changed", subjectId: user!.id, data: { device, ip: person.ip ?? "" } });
    return user!;
  });
}
