import { z } from "zod";
import { t } from "../i18n/t.ts";
import { versionField } from "../profile/forms.ts";

/** Not asked for, as it is now, or asked for from so many days on. */
export const policies = ["off", "keep", "0", "7", "14", "30"] as const;

export const policyForm = z.object({
  policy: z.enum(policies, { error: () => t("Choose one of the list.") }),
  version: versionField(),
});

export const lackingQuery = z.object({
  q: z.string().max(200).catch(""),
  after: z.string().max(300).catch(""),
});
