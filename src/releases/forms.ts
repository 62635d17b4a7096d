import { z } from "zod";
import { address } from "../access/address.ts";
import { passwordField } from "../auth/forms.ts";

export const releaseForm = z.object({ email: address() });
/** Their own password: whoever administers them chose the address, and may read what is mailed there. */
export const confirmReleaseForm = z.object({ confirmation: passwordField() });
export const ownReleaseForm = z.object({ email: address(), confirmation: passwordField() });
