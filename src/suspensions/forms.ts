import { z } from "zod";
import { requiredLine } from "../http/form.ts";
import { t } from "../i18n/t.ts";

export const suspensionForm = z.object({
  reason: requiredLine(300, () => t("Say why: everybody in the account reads it.")),
  name: z.string().max(200),
});
