import { addressKey, assertWithin } from "../access/limits.ts";
import { issueToken, lifeInMinutes, type Token } from "../access/tokens.ts";
import { config } from "../config.ts";
import { db } from "../db/client.ts";
import { language } from "../i18n/t.ts";
import { queueMail } from "../mail/outbox.ts";

/**
 * Mails an address proof to the invited address, for somebody who came with a copied link (X7): whoever holds that link
 * need not be who reads the mail. Nothing is granted before the mailed link was opened and the form sent.
 */
export async function askForProof({ email, memberId }: Token, ip: string | undefined): Promise<void> {
  await assertWithin([
    { key: `register:${email}`, points: config.RESETS_PER_HOUR, seconds: 3600 },
    { key: `register-ip:${addressKey(ip)}`, points: config.REGISTRATIONS_PER_MINUTE_PER_IP, seconds: 60 },
  ]);
  await db.transaction(async (tx) => {
    const token = await issueToken(tx, {
      purpose: "registration",
      email,
      memberId,
      minutes: lifeInMinutes.registration,
    });
    await queueMail(tx, { kind: "registration", subjectId: token.id, data: { locale: language().locale } });
  });
}
