import { and, eq } from "drizzle-orm";
import type { Person } from "../access/person.ts";
import { db } from "../db/client.ts";
import { passkeys } from "../db/factors.ts";
import { dropWithFactor, tellChange } from "../factors/changed.ts";
import { type Passkey, passkeyOf } from "../factors/queries.ts";

/** Takes one of somebody's own passkeys off; with the last factor the recovery codes go as well. */
export function removePasskey(person: Person, id: string, device: string): Promise<Passkey> {
  return db.transaction(async (tx) => {
    const passkey = await passkeyOf(person.userId, id, tx);
    await tx.delete(passkeys).where(and(eq(passkeys.id, passkey.id), eq(passkeys.userId, person.userId)));
    await dropWithFactor(tx, person.userId);
    const about = { device, label: passkey.label };
    await tellChange(tx, person, person, "user.second_factor_removed", "passkey_removed", about);
    return passkey;
  });
}
