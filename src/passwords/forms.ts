import { z } from "zod";
import { address } from "../access/address.ts";
import { passwordField } from "../auth/forms.ts";

export const forgotForm = z.object({ email: address() });
export const resetForm = z.object({ password: passwordField() });
export const changeForm = z.object({ current: passwordField(), password: passwordField() });
