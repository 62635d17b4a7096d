import { and, eq } from "drizzle-orm";
import type { Person } from "../access/person.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { trustedDevices } from "../db/schema.ts";
import { NotFound } from "../http/errors.ts";
import { uuidOr404 } from "../http/ids.ts";
import { deviceWords } from "../sessions/device-words.ts";

/** Ends the trust in one of somebody's own devices: the next sign-in there asks for the second factor. 404 for those of others. */
export function endTrust(person: Person, id: string) {
  const wanted = and(eq(trustedDevices.id, uuidOr404(id)), eq(trustedDevices.userId, person.userId));
  return db.transaction(async (tx) => {
    const [ended] = await tx.delete(trustedDevices).where(wanted).returning();
    if (!ended) throw new NotFound();

    const device = deviceWords(ended.userAgent);
    const subject = { type: "user" as const, id: person.userId, label: person.label };
    await recordEvent(tx, person, "user.device_trust_ended", subject, { before: { device } });
    return { device };
  });
}
