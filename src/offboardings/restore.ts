import type { Actor } from "../access/actor.ts";
import { db } from "../db/client.ts";
import { Conflict } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { type Restored, restoreIn } from "../members/restore.ts";
import { lockOffboarding } from "./queries.ts";

/**
 * Takes a departure of the last 30 days back as far as any removal can be: the place, what was held, the sign-in of a managed
 * profile. What was handed over stays with whoever has it, and revoked passwords and programs stay revoked.
 */
export function restoreLeaver(actor: Actor, id: string): Promise<Restored> {
  return db.transaction(async (tx) => {
    const row = await lockOffboarding(tx, actor.accountId, id);
    if (row.status !== "done") throw new Conflict(t("Only who has left by this can be restored by it."));
    return restoreIn(tx, actor, row.memberId);
  });
}
