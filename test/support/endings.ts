const endings: (() => unknown)[] = [];

/**
 * Registers what is to be done when a test file is over. What registers is loaded once for all files that a process runs
 * (vitest.config.ts), so a hook of the test runner there would belong to the first of them. It is done after each of them.
 */
export const atEndOfFile = (end: () => unknown): void => void endings.push(end);

/** Does all of it, what was registered last first. */
export async function endFile(): Promise<void> {
  for (const end of endings.toReversed()) await end();
}
