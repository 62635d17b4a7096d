import { z } from "zod";
import { requiredLine } from "../http/form.ts";
import { t } from "../i18n/t.ts";

export const passwordForm = z.object({
  label: requiredLine(60, () => t("Say what it is for: the device or the program.")),
  whose: z.enum(["own", "mailbox"], { error: () => t("Choose whose password it is.") }),
});
