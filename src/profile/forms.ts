import { z } from "zod";
import { personFields } from "../auth/forms.ts";
import { line } from "../http/form.ts";
import { regionField } from "../instance/regions.ts";

/** The row's version as the page showed it; a missing one counts as long gone. */
export const versionField = () => z.string().transform((text) => (/^\d{1,9}$/.test(text) ? Number(text) : 0));

export const profileForm = z.object({
  ...personFields,
  region: regionField(),
  phone: line(40),
  defaultMailboxId: z.string(),
  version: versionField(),
});
