import { sql } from "drizzle-orm";
import { z } from "zod";
import { canonicalAddress } from "../access/address.ts";
import { readInstanceSettings } from "../access/instance-settings.ts";
import type { Person } from "../access/person.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { instanceSettings } from "../db/schema.ts";
import { t } from "../i18n/t.ts";

/** Addresses, one a line or with commas between; none: the administrators of the installation. */
export const recipientsForm = z.object({
  recipients: z
    .string()
    .max(3000, { error: () => t("At most {max} characters, please.", { max: 3000 }) })
    .transform((text) => text.split(/[\s,;]+/).filter(Boolean))
    .superRefine((all, context) => {
      const bad = all.find((each) => !canonicalAddress(each));
      const message = bad
        ? t("“{address}” is not an address that mail can be sent to.", { address: bad.slice(0, 100) })
        : t("At most {max} addresses, please.", { max: 10 });
      if (bad || all.length > 10) context.addIssue({ code: "custom", message });
    })
    .transform((all) => [...new Set(all.map((each) => canonicalAddress(each) ?? each))]),
});

/** Says whom alarms are mailed to. */
export async function changeRecipients(person: Person, to: string[]): Promise<void> {
  await db.transaction(async (tx) => {
    const [before] = await tx.select().from(instanceSettings).for("update");
    await tx.update(instanceSettings).set({ alarmRecipients: to, version: sql`${instanceSettings.version} + 1` });
    const subject = { type: "instance" as const, id: "1", label: before!.name };
    const change = { before: { recipients: before!.alarmRecipients }, after: { recipients: to } };
    await recordEvent(tx, { ...person, accountId: null }, "instance.alarms_changed", subject, change);
  });
  await readInstanceSettings();
}
