import { sql } from "drizzle-orm";
import type { Person } from "../access/person.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { basisOf } from "./basis.ts";

/** Ends the trust in all of somebody's own devices, the one that asks too; returns how many still counted. */
export function endAllTrust(person: Person): Promise<number> {
  return db.transaction(async (tx) => {
    const ended = await tx.execute<{ counted: boolean }>(sql`
      delete from trusted_devices d using users u where u.id = ${person.userId} and d.user_id = u.id
      returning d.ends_at > now() and d.basis = ${basisOf} as counted`);
    const devices = ended.filter(({ counted }) => counted).length;
    if (devices > 0) {
      const subject = { type: "user" as const, id: person.userId, label: person.label };
      await recordEvent(tx, person, "user.device_trust_ended", subject, { before: { devices } });
    }
    return devices;
  });
}
