import { z } from "zod";
import { personFields } from "../auth/forms.ts";

/** The row's version as the page showed it; a missing one counts as long gone. */
export const versionField = () => z.string().transform((text) => (/^\d{1,9}$/.test(text) ? Number(text) : 0));

export const profileForm = z.object({ ...personFields, defaultMailboxId: z.string(), version: versionField() });
