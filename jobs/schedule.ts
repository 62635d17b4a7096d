import { type ParsedCronItem, parseCronItems } from "graphile-worker";

/** What runs by the clock. Each of these looks for work in the rows themselves, so a missed run only delays it. */
export const schedule: ParsedCronItem[] = parseCronItems([]);
