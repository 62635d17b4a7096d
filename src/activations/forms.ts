import { z } from "zod";

const count = z.int().min(0);

/** The plan as it is confirmed: what somebody said yes to. */
export const planSchema = z.object({
  taken: count,
  here: count,
  elsewhere: count,
  unproven: count,
  disabled: count,
  members: count,
  invitations: count,
  owners: count,
  clashes: count,
  full: count.default(0),
  marker: count,
  at: count,
});

/** JSON in a hidden field; anything else than a plan counts as none, and so as a stale one. */
const planField = z.string().transform((text) => {
  try {
    return planSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
});

export const activationForm = z.object({
  confirmation: z.string().max(300),
  plan: planField,
});
