import type { Actor } from "../access/actor.ts";
import { Conflict } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { offboardingFor } from "../offboardings/queries.ts";
import { drawUpReceipt } from "./draw-up.ts";

/** Draws the receipt up anew; the first one stays as it was. 409 for what was not carried out. */
export async function checkAgain(actor: Actor, id: string): Promise<void> {
  const { row } = await offboardingFor(actor.accountId, id);
  if (!row.doneAt) throw new Conflict(t("There is a receipt once the offboarding was carried out."));
  await drawUpReceipt(row.id);
}
