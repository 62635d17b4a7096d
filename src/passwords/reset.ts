import { eq, sql } from "drizzle-orm";
import { spendToken } from "../access/tokens.ts";
import { recordEvent } from "../audit/record.ts";
import { assertGoodPassword, hashPassword, wordsAgainst } from "../auth/passwords.ts";
import { domainRule } from "../belonging/rule.ts";
import { takeIn } from "../belonging/take-in.ts";
import { db } from "../db/client.ts";
import { users } from "../db/schema.ts";
import { arrive } from "../first-passwords/arrive.ts";
import { Conflict } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { queueMail } from "../mail/outbox.ts";
import { endAllSessions } from "../sessions/end-all.ts";
import { dropLinks } from "./drop-links.ts";
import { findReset } from "./queries.ts";

/**
 * Sets the password of whoever the link was mailed to; ends all their sessions and other links in the same commit (T36,
 * T37). It proves the address, and nothing more: invitations stay unanswered (T8), and nobody is signed in by it. Whose
 * address was not proven before, and is in an account's active domain, belongs to it from now on (D6, T18).
 */
export function resetPassword(
  secret: string,
  password: string,
  request: { requestId?: string; ip?: string; userAgent: string },
) {
  const { userAgent, ...source } = request;
  return db.transaction(async (tx) => {
    const found = await findReset(secret, tx);
    if (found?.state !== "good") throw new Conflict(t("This link does not work any more. Ask for a new one."));
    const { user, token } = found;
    assertGoodPassword(password, await wordsAgainst(tx, user));
    const passwordHash = await hashPassword(password);
    if (!(await spendToken(tx, token.id)))
      throw new Conflict(t("This link does not work any more. Ask for a new one."));

    const rule = user.proven ? undefined : await domainRule(tx, user.email, { hold: true });
    await tx
      .update(users)
      .set({ passwordHash, emailProvenAt: sql`coalesce(${users.emailProvenAt}, now())` })
      .where(eq(users.id, user.id));
    if (rule?.kind === "open") await takeIn(tx, user, rule, "proven", source);
    await arrive(tx, user.id);
    await endAllSessions(tx, user.id);
    await dropLinks(tx, user);
    const author = { userId: user.id, accountId: user.accountId, label: user.email, ...source };
    await recordEvent(tx, author, "user.password_reset", { type: "user", id: user.id, label: user.email });
    const data = { userAgent: userAgent.slice(0, 200), ip: source.ip ?? "", ...(user.fresh && { first: "yes" }) };
    await queueMail(tx, { kind: "password_changed", subjectId: user.id, data });
    return user;
  });
}
