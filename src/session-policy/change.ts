import { eq } from "drizzle-orm";
import type { z } from "zod";
import type { Actor } from "../access/actor.ts";
import { saveSettings } from "../accounts/change.ts";
import { db } from "../db/client.ts";
import { accounts } from "../db/schema.ts";
import { Invalid } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { instance } from "../instance/queries.ts";
import type { sessionPolicyForm } from "./forms.ts";

/**
 * Saves how long sessions that work in the account last. Never longer than the instance says: refused with its limit. It
 * counts from the next request of each session on. 409 when somebody else saved meanwhile (T56).
 */
export async function changeSessionPolicy(actor: Actor, { version, ...typed }: z.infer<typeof sessionPolicyForm>) {
  const most = await instance();
  const tooLong = (field: "sessionIdleMinutes" | "sessionHours") => (typed[field] ?? 0) > most[field];
  if (tooLong("sessionIdleMinutes")) {
    const words = t("This installation allows {count, plural, one {# minute} other {# minutes}} at most.", {
      count: most.sessionIdleMinutes,
    });
    throw new Invalid("sessionIdleMinutes", words);
  }
  if (tooLong("sessionHours")) {
    const words = t("This installation allows {count, plural, one {# hour} other {# hours}} at most.", {
      count: most.sessionHours,
    });
    throw new Invalid("sessionHours", words);
  }
  return db.transaction(async (tx) => {
    const [before] = await tx.select().from(accounts).where(eq(accounts.id, actor.accountId)).for("update");
    return saveSettings(tx, actor, before!, version, typed);
  });
}
