import { z } from "zod";
import { requiredLine } from "../http/form.ts";
import { isUuid } from "../http/ids.ts";
import { t } from "../i18n/t.ts";

export const appPasswordForm = z.object({
  mailbox: z.string().refine(isUuid, { error: () => t("Choose a mailbox from the list.") }),
  label: requiredLine(60, () => t("Say what it is for: the device or the program.")),
});
