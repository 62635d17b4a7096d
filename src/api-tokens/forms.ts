import { z } from "zod";
import { chosenScopes } from "../api-clients/forms.ts";
import { requiredLine } from "../http/form.ts";
import { t } from "../i18n/t.ts";

/** For how many days a token may work. */
export const lives = ["7", "30", "90", "365"] as const;

export const tokenForm = z.object({
  label: requiredLine(60, () => t("Say what the token is for.")),
  scopes: chosenScopes(),
  days: z.enum(lives, { error: () => t("Choose how long it works.") }).transform(Number),
});
