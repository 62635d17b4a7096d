import { config } from "../config.ts";

const { origin, hostname } = new URL(config.BASE_URL);

/** Who passkeys of this installation belong to: the host of BASE_URL, and pages of that origin alone (T105). */
export const relying = { origin, id: hostname };
