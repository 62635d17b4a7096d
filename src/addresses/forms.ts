import { z } from "zod";
import { address } from "../access/address.ts";
import { passwordField } from "../auth/forms.ts";

/** Empty where the person asked for the change: they gave their password then. */
export const confirmForm = z.object({ confirmation: passwordField() });
export const askForm = z.object({ email: address(), confirmation: passwordField() });
