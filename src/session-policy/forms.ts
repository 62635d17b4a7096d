import { z } from "zod";
import { t } from "../i18n/t.ts";
import { versionField } from "../profile/forms.ts";

/** A whole number of at least `low`, or nothing: the upper limit is the instance's, which the verb knows. */
const optional = (low: number) =>
  z
    .string()
    .trim()
    .refine((text) => text === "" || (/^\d{1,5}$/.test(text) && Number(text) >= low), {
      error: () => t("Enter a whole number from {low} on, or leave it empty.", { low }),
    })
    .transform((text) => (text === "" ? null : Number(text)));

export const sessionPolicyForm = z.object({
  sessionIdleMinutes: optional(5),
  sessionHours: optional(1),
  version: versionField(),
});
