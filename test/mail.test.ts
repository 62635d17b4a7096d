import { eq } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { composers } from "../jobs/letters.ts";
import { db } from "../src/db/client.ts";
import { mails } from "../src/db/schema.ts";
import { deliverMail } from "../src/mail/deliver.ts";
import { queueMail } from "../src/mail/outbox.ts";
import { mailsTo } from "./support/outbox.ts";
import { create } from "./support/world.ts";

const quiet = async () => {};

describe("one mail and several workers", () => {
  test("R3 is sent once, however many jobs are at it at the same time", async () => {
    const user = await create.user();
    const mailId = await db.transaction((tx) => queueMail(tx, { kind: "password_changed", subjectId: user.id }));
    const tries = Array.from({ length: 5 }, () => deliverMail(mailId, composers.password_changed!, quiet, false));
    const outcomes = await Promise.allSettled(tries);
    expect(outcomes.filter(({ status }) => status === "fulfilled")).not.toHaveLength(0);
    expect(mailsTo(user.email)).toHaveLength(1);

    await deliverMail(mailId, composers.password_changed!, quiet, false);
    expect(mailsTo(user.email)).toHaveLength(1);
  });

  test("R2 is taken over when its worker has fallen silent in the middle", async () => {
    const user = await create.user();
    const mailId = await db.transaction((tx) => queueMail(tx, { kind: "password_changed", subjectId: user.id }));
    await db.update(mails).set({ status: "sending", startedAt: new Date() }).where(eq(mails.id, mailId));
    await expect(deliverMail(mailId, composers.password_changed!, quiet, false)).rejects.toThrow("Another worker");
    expect(mailsTo(user.email)).toHaveLength(0);

    await db
      .update(mails)
      .set({ startedAt: new Date(Date.now() - 61_000) })
      .where(eq(mails.id, mailId));
    await deliverMail(mailId, composers.password_changed!, quiet, false);
    expect(mailsTo(user.email)).toHaveLength(1);
  });
});
