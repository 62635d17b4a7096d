import { z } from "zod";
import { address } from "../access/address.ts";
import { passwordField } from "../auth/forms.ts";

export const askForm = z.object({ email: address(), confirmation: passwordField() });
