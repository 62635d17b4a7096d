import type { z } from "zod";
import { assertWithin } from "../access/limits.ts";
import type { Person } from "../access/person.ts";
import { recordEvent } from "../audit/record.ts";
import { config } from "../config.ts";
import { db } from "../db/client.ts";
import { Forbidden } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { assertOwnPassword } from "../passwords/assert-own.ts";
import { orderProof } from "./ask.ts";
import type { ownReleaseForm } from "./forms.ts";
import { orphanedSince } from "./queries.ts";

/**
 * Somebody whose organisation deleted its account, more than the 30 days of its restore ago, lets themselves go by proving a
 * private address: so nobody is stuck (X2). 403 before.
 */
export async function askOwnRelease(person: Person, typed: z.infer<typeof ownReleaseForm>): Promise<string> {
  const state = await orphanedSince(person.userId);
  if (!state?.free)
    throw new Forbidden(t("Your organisation manages your profile. Only its administrators can release you."));
  await assertOwnPassword(person, typed.confirmation, "confirmation");
  await assertWithin([{ key: `release:${person.userId}`, points: config.RESETS_PER_HOUR, seconds: 3600 }]);
  await db.transaction(async (tx) => {
    await orderProof(tx, { id: person.userId, email: person.email }, typed.email, state.account);
    const subject = { type: "user" as const, id: person.userId, label: person.email };
    await recordEvent(tx, person, "user.release_asked", subject, { after: { email: typed.email } });
  });
  return typed.email;
}
