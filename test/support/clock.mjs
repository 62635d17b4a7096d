import { existsSync } from "node:fs";

// Loaded before everything else, by --import: this process's clock is so many minutes wrong (R16). In the bench of the whole
// system, some processes' clocks are, as long as the folder has a file `skew`.
const { MUSTER_CLOCK_MINUTES, MUSTER_DATA, MUSTER_PROCESS } = process.env;
const skewed = existsSync(`${MUSTER_DATA}/skew`) && { web2: 10, web3: -10, worker1: 10, worker2: -10 }[MUSTER_PROCESS];
const minutes = Number(MUSTER_CLOCK_MINUTES ?? (skewed || 0));
if (minutes) {
  const True = Date;
  const now = () => True.now() + minutes * 60_000;
  globalThis.Date = new Proxy(True, {
    construct: (_, values) => (values.length > 0 ? new True(...values) : new True(now())),
    apply: () => new True(now()).toString(),
    get: (_, key) => (key === "now" ? now : Reflect.get(True, key)),
  });
}
