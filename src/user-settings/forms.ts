import { z } from "zod";
import { passwordField, personFields } from "../auth/forms.ts";
import { addressFields, checkAddress } from "../corporate/forms.ts";
import { line } from "../http/form.ts";
import { regionField } from "../instance/regions.ts";
import { versionField } from "../profile/forms.ts";

export const settingsForm = z.object({
  ...personFields,
  region: regionField(),
  phone: line(40),
  defaultMailboxId: z.string(),
  version: versionField(),
});

export const addressForm = z.object({ ...addressFields, confirmation: passwordField() }).superRefine(checkAddress);
