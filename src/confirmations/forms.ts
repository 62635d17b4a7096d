import { z } from "zod";
import { passwordField } from "../auth/forms.ts";

export const confirmationForm = z.object({ password: passwordField(), next: z.string().max(2000) });
export const codeForm = z.object({ code: z.string().max(100), next: z.string().max(2000) });
