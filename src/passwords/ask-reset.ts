import { addressKey, assertWithin } from "../access/limits.ts";
import { issueToken, lifeInMinutes } from "../access/tokens.ts";
import { config } from "../config.ts";
import { db } from "../db/client.ts";
import { queueMail } from "../mail/outbox.ts";

/**
 * Queues a mail with a link to a new password. Nobody looks here whether the address is registered: the mail's writer
 * does, so that the answer is the same in words and in work, and a mail server that is down shows nothing (T33, T34).
 */
export async function askReset(email: string, ip: string | undefined): Promise<void> {
  await assertWithin([
    { key: `reset:${email}`, points: config.RESETS_PER_HOUR, seconds: 3600 },
    { key: `reset-ip:${addressKey(ip)}`, points: config.RESETS_PER_HOUR_PER_IP, seconds: 3600 },
  ]);
  await db.transaction(async (tx) => {
    const token = await issueToken(tx, { purpose: "password_reset", email, minutes: lifeInMinutes.password_reset });
    await queueMail(tx, { kind: "password_reset", subjectId: token.id });
  });
}
