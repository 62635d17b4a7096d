/**
 * Waits that are settings: short in the suite, and as long as in production in `npm run bench -- faults`, which also runs
 * every race as often as the list of threats asks.
 */
const real = process.env.REAL_WAITS === "1";

/** How long a worker is silent before it counts as dead, in seconds. */
export const silentSeconds = real ? 60 : 3;
/** How long a worker is frozen, and a database is read-only, in milliseconds. */
export const frozen = real ? 90_000 : 0;
export const readOnly = real ? 20_000 : 3_000;
/** How many workers are killed, or people taken in, where the list of threats names a number. */
export const times = (inTheSuite: number, asked: number): number => (real ? asked : inTheSuite);
/** How often two owners get in each other's way. */
export const rounds = (inTheSuite: number): number => (real ? 500 : inTheSuite);
/** How many times as long as in the suite a test may take. */
export const patience = real ? 8 : 1;
