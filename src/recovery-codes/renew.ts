import type { Person } from "../access/person.ts";
import { db } from "../db/client.ts";
import { tellChange } from "../factors/changed.ts";
import { hasAny } from "../factors/has-any.ts";
import { Conflict } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { makeCodes } from "./make.ts";

/** New recovery codes; the earlier ones do not work any more. 409 without a factor that they would stand in for. */
export function renewCodes(person: Person, device: string): Promise<string[]> {
  return db.transaction(async (tx) => {
    if (!(await hasAny(person.userId, tx)))
      throw new Conflict(t("Recovery codes stand in for a second factor. Set one up first."));
    const codes = await makeCodes(tx, person.userId);
    await tellChange(tx, person, person, "user.recovery_codes_renewed", "codes_made", { device });
    return codes;
  });
}
