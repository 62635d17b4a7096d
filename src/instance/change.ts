import { and, eq, sql } from "drizzle-orm";
import type { z } from "zod";
import { readInstanceSettings } from "../access/instance-settings.ts";
import type { Person } from "../access/person.ts";
import { changeOf, recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { instanceSettings } from "../db/schema.ts";
import { Stale } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import type { instanceForm } from "./forms.ts";

/**
 * Saves the settings of the installation. This process goes by them at once, the others within a minute. 409 when somebody
 * else saved meanwhile (T56). Switching phones off hides stored numbers and deletes none (D15).
 */
export async function changeInstance(person: Person, { version, ...typed }: z.infer<typeof instanceForm>) {
  const saved = await db.transaction(async (tx) => {
    const [before] = await tx.select().from(instanceSettings).for("update");
    const [after] = await tx
      .update(instanceSettings)
      .set({ ...typed, version: sql`${instanceSettings.version} + 1` })
      .where(and(eq(instanceSettings.id, 1), eq(instanceSettings.version, version)))
      .returning();
    if (!before || !after)
      throw new Stale(
        t("This was changed meanwhile, somewhere else. What you typed is still here: look again, then save."),
      );
    const names = Object.keys(typed) as (keyof typeof typed)[];
    const subject = { type: "instance" as const, id: "1", label: after.name };
    await recordEvent(tx, { ...person, accountId: null }, "instance.changed", subject, changeOf(before, after, names));
    return after;
  });
  await readInstanceSettings();
  return saved;
}
