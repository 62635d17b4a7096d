import { z } from "zod";
import { address } from "../access/address.ts";
import { assertWithin } from "../access/limits.ts";
import type { Person } from "../access/person.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { queueMail } from "../mail/outbox.ts";

export const mailTestForm = z.object({ to: address() });

/** Orders a test mail, through the queue and the mail server that all mails go through. */
export async function sendTest(person: Person, { to }: { to: string }): Promise<string> {
  await assertWithin([{ key: `mail-test:${person.userId}`, points: 10, seconds: 600 }]);
  return db.transaction(async (tx) => {
    const id = await queueMail(tx, { kind: "mail_test", subjectId: person.userId, data: { to } });
    const subject = { type: "instance" as const, id, label: to };
    await recordEvent(tx, { ...person, accountId: null }, "mail.tested", subject);
    return id;
  });
}
