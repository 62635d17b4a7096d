import { z } from "zod";
import { passwordField } from "../auth/forms.ts";

export const deletionForm = z.object({ name: z.string().max(200) });
export const ownDeletionForm = z.object({ email: z.string().max(254), confirmation: passwordField() });
