import { randomBytes } from "node:crypto";

/** A secret as Standard Webhooks 1.0 has it: 24 to 64 random bytes in base64 behind `whsec_`. */
export const newSecret = (): string => `whsec_${randomBytes(32).toString("base64")}`;
