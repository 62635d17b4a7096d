import { and, eq, isNotNull } from "drizzle-orm";
import type { Person } from "../access/person.ts";
import { db } from "../db/client.ts";
import { totpSecrets } from "../db/factors.ts";
import { dropWithFactor, tellChange } from "../factors/changed.ts";
import { Conflict } from "../http/errors.ts";
import { t } from "../i18n/t.ts";

/** Takes somebody's own authenticator app off; with the last factor the recovery codes go as well. */
export function removeAuthenticator(person: Person, device: string): Promise<void> {
  return db.transaction(async (tx) => {
    const [gone] = await tx
      .delete(totpSecrets)
      .where(and(eq(totpSecrets.userId, person.userId), isNotNull(totpSecrets.confirmedAt)))
      .returning({ userId: totpSecrets.userId });
    if (!gone) throw new Conflict(t("You have no authenticator app."));
    await dropWithFactor(tx, person.userId);
    await tellChange(tx, person, person, "user.second_factor_removed", "app_removed", { device });
  });
}
