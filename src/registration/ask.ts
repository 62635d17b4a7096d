import { addressKey, assertWithin } from "../access/limits.ts";
import { issueToken, lifeInMinutes } from "../access/tokens.ts";
import { closedWords, domainRule } from "../belonging/rule.ts";
import { config } from "../config.ts";
import { db } from "../db/client.ts";
import { Forbidden, Invalid } from "../http/errors.ts";
import { language, t } from "../i18n/t.ts";
import { instance } from "../instance/queries.ts";
import { queueMail } from "../mail/outbox.ts";

/**
 * Mails a link that proves the address. Nobody looks here whether it is registered: the mail's writer does, later and
 * elsewhere, so status, text and time say nothing about who is (T33, T34). Throws Invalid("email", …) where the address's
 * domain takes in nobody (A41).
 */
export async function askToRegister(email: string, ip: string | undefined): Promise<void> {
  const { registrationOpen } = await instance();
  // Before anything is counted: a door that is shut must not use up the tries of who was invited (T42).
  if (!registrationOpen) throw new Forbidden(t("New people come in by invitation only here."));
  const rule = await domainRule(db, email);
  if (rule.kind === "closed") throw new Invalid("email", closedWords(rule));
  await assertWithin([
    { key: `register:${email}`, points: config.RESETS_PER_HOUR, seconds: 3600 },
    { key: `register-ip:${addressKey(ip)}`, points: config.REGISTRATIONS_PER_MINUTE_PER_IP, seconds: 60 },
  ]);
  await db.transaction(async (tx) => {
    const token = await issueToken(tx, { purpose: "registration", email, minutes: lifeInMinutes.registration });
    await queueMail(tx, { kind: "registration", subjectId: token.id, data: { locale: language().locale } });
  });
}
