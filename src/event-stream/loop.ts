import { setTimeout as sleep } from "node:timers/promises";
import { log } from "../log.ts";

export interface Loop {
  /** Lets the step that runs end, and begins no other. */
  stop(): Promise<void>;
}

/**
 * Does `step` again and again until stopped: it answers how many milliseconds to wait before the next one. A step that
 * fails (the database is away) is a line in the log, and is done again five seconds later.
 */
export function startLoop(name: string, step: (stop: AbortSignal) => Promise<number>): Loop {
  const ending = new AbortController();
  const { signal } = ending;
  const once = () =>
    step(signal).catch((error) => {
      log.warn({ err: error, loop: name }, "a step failed; it is done again");
      return 5_000;
    });
  const running = (async () => {
    while (!signal.aborted) await sleep(await once(), undefined, { signal }).catch(() => {});
  })();
  return {
    async stop() {
      ending.abort();
      await running;
    },
  };
}
