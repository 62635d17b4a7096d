import { z } from "zod";
import { passwordField } from "../auth/forms.ts";

export const confirmationForm = z.object({ password: passwordField(), next: z.string().max(2000) });
