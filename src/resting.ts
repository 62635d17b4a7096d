import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { setFlagsFromString } from "node:v8";

/** Nobody has asked for anything so long, in milliseconds: the process rests. */
const untilRest = 5_000;

/** At most once in so long, in milliseconds. */
const between = 60_000;

/** Those who look whether the process lives ask every few seconds, and need nothing that a page needs. */
const looksAfterUs = /^\/(?:healthz|readyz|metrics)\b/;

/**
 * Gives memory back while nobody asks for anything. V8 lets the young space grow to its bound (`--max-semi-space-size`, twice)
 * at the start or in a rush, and makes it small again only where it collects to the last, which it does hardly ever by itself.
 * It takes some 60 ms in which nobody waits. What is compiled is spared: the next page would take three times as long. Without
 * `--expose-gc` (`Procfile`) nothing happens.
 */
export function collectAtRest(server: Server): void {
  const { gc } = globalThis;
  if (!gc) return;
  let answering = 0;
  let last = Number.NEGATIVE_INFINITY;
  const rest = setTimeout(collect, untilRest).unref();
  function collect() {
    if (answering > 0) return;
    const ago = performance.now() - last;
    if (ago < between) return void setTimeout(() => rest.refresh(), between - ago).unref();
    last = performance.now();
    setFlagsFromString("--no-flush-bytecode");
    gc!({ type: "major", execution: "sync", flavor: "last-resort" });
    setFlagsFromString("--flush-bytecode");
  }
  server.prependListener("request", ({ url = "" }: IncomingMessage, res: ServerResponse) => {
    if (looksAfterUs.test(url)) return;
    answering++;
    res.once("close", () => {
      answering--;
      rest.refresh();
    });
  });
}
