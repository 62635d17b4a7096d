import { spawnSync } from "node:child_process";
import { System } from "./system.ts";
import * as breaks from "./system-breaks.ts";
import * as data from "./system-data.ts";
import * as files from "./system-files.ts";
import * as jobs from "./system-jobs.ts";
import { Crowd } from "./system-load.ts";
import { line, type Scene, tally } from "./system-scene.ts";
import * as work from "./system-work.ts";

/** In this order: an activation leaves thousands of mails behind, and what stops the database comes last. */
const scenes: Record<string, (scene: Scene) => Promise<void>> = {
  deploy: breaks.deploy,
  webKilled: breaks.webKilled,
  poolerKilled: breaks.poolerKilled,
  poolerFrozen: breaks.poolerFrozen,
  databaseCrash: breaks.databaseCrash,
  connectionsCut: breaks.connectionsCut,
  readOnly: breaks.readOnly,
  migration: data.migration,
  mailAway: work.mailAway,
  mailRefused: jobs.mailRefused,
  mailSilent: jobs.mailSilent,
  imports: work.imports,
  renewedBetween: files.renewedBetween,
  diskFull: files.diskFull,
  poison: jobs.poison,
  frozenWorker: work.frozenWorker,
  noWorker: jobs.noWorker,
  clocks: jobs.clocks,
  activation: data.activation,
  report: files.report,
  passwords: work.passwords,
  backup: data.backup,
  afterwards: work.afterwards,
};

/**
 * R1–R27 once more on the whole system: three web and two worker processes, HAProxy, PgBouncer. Only some scenes where they
 * are named. Says how many promises are broken.
 */
export async function runSystemFaults(named: string[] = []): Promise<number> {
  const missing = ["pgbouncer", "haproxy"].filter(
    (name) => spawnSync(name, ["-v"]).error && spawnSync(`/usr/sbin/${name}`, ["-v"]).error,
  );
  if (missing.length > 0) {
    console.error(`The faults of the whole system need ${missing.join(" and ")}: apt-get install pgbouncer haproxy`);
    return 1;
  }
  const unknown = named.filter((name) => !Object.hasOwn(scenes, name));
  if (unknown.length > 0) throw new Error(`No such scene: ${unknown.join(", ")}. There are: ${Object.keys(scenes)}`);
  const system = new System();
  // Whoever breaks it off leaves nothing running.
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => void system.stop().finally(() => process.exit(1)));
  try {
    await system.start();
    const cookie = await system.signIn();
    const account = /name="_account" value="([^"]+)"/.exec((await system.ask("/admin/users/new", cookie)).text)![1]!;
    const crowd = (tag: string) => new Crowd(system, cookie, account, tag);
    for (const [name, scene] of Object.entries(scenes)) {
      if (named.length > 0 && !named.includes(name)) continue;
      await scene({ system, cookie, account, crowd }).catch((error: Error) => line("", name, error.message, false));
    }
  } finally {
    await system.stop();
  }
  return tally.broken;
}
