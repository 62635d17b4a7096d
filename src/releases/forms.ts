import { z } from "zod";
import { address } from "../access/address.ts";
import { passwordField } from "../auth/forms.ts";

export const releaseForm = z.object({ email: address() });
export const ownReleaseForm = z.object({ email: address(), confirmation: passwordField() });
