import { z } from "zod";
import { requiredLine, ticked } from "../http/form.ts";
import { t } from "../i18n/t.ts";
import { versionField } from "../profile/forms.ts";

const name = () => requiredLine(100, () => t("Enter a name for the account."));

export const newAccountForm = z.object({ name: name() });
export const accountForm = z.object({
  name: name(),
  personalMailboxes: ticked(),
  personalMailboxRole: z.string().max(40),
  ownProfiles: ticked(),
  version: versionField(),
});
export const switchForm = z.object({ next: z.string().max(2000) });
