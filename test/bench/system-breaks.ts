import { setTimeout as sleep } from "node:timers/promises";
import { line, type Scene, s, under } from "./system-scene.ts";

export const deploy = (scene: Scene) =>
  under(
    scene,
    ["R18 R19", "a deploy: every process renewed, one by one", "deploy"],
    async () => {
      const before = scene.system.log.split("every process is renewed").length;
      scene.system.renew();
      await scene.system.until(
        () => scene.system.log.split("every process is renewed").length > before,
        180_000,
        "the deploy did not end",
      );
    },
    (seen) => seen.lost === 0 && seen.refused === 0,
  );

export const webKilled = (scene: Scene) =>
  under(
    scene,
    ["R24", "a web process killed (-9)", "webkill"],
    () => scene.system.kill("web1"),
    // What it was working on is lost with it; nothing else.
    (seen) => seen.lost <= 8 && seen.trouble < 5_000,
  );

export const poolerKilled = (scene: Scene) =>
  under(
    scene,
    ["R8 R10", "PgBouncer killed (-9) and started again", "pooler"],
    async () => process.kill(scene.system.pgbouncer, "SIGKILL"),
    (seen) => seen.lost === 0 && seen.slowest < 10_000 && seen.trouble < 15_000,
  );

export const databaseCrash = (scene: Scene) =>
  under(
    scene,
    ["R8", "Postgres stopped as by a crash and started again", "crash"],
    async () => {
      await scene.system.database.restart();
      await sleep(8_000);
    },
    (seen) => seen.lost === 0 && seen.slowest < 10_000 && seen.trouble < 15_000,
  );

export const connectionsCut = (scene: Scene) =>
  under(
    scene,
    ["R9", "connections cut off inside transactions, every 300 ms for 15 s", "cut"],
    async () => {
      for (const end = Date.now() + 15_000; Date.now() < end; await sleep(300)) {
        await scene.system.sql`
          select pg_terminate_backend(pid) from pg_stat_activity where usename = 'muster' and pid <> pg_backend_pid()
          order by random() limit 3`;
      }
    },
    (seen) => seen.lost === 0 && seen.slowest < 15_000,
  );

export const readOnly = (scene: Scene) =>
  under(
    scene,
    ["R11", "read-only for 20 s (a failover)", "readonly"],
    async () => {
      const all = (on: string) =>
        scene.system.sql.unsafe(`alter database muster set default_transaction_read_only = ${on}`);
      await all("on");
      await scene.system.sql`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'muster'`;
      await sleep(20_000);
      await scene.system.sql.unsafe("set default_transaction_read_only = off");
      await all("off");
      await scene.system.sql`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'muster'`;
      await sleep(5_000);
    },
    (seen) => seen.lost === 0 && seen.trouble < 35_000,
  );

export const poolerFrozen = async ({ system }: Scene) => {
  const before = ["web1", "web2", "web3"].map((name) => system.pid(name));
  const pooler = system.pgbouncer;
  process.kill(pooler, "SIGSTOP");
  const [alive, ready] = await Promise.all(["/healthz", "/readyz"].map((path) => system.ask(path)));
  process.kill(pooler, "SIGCONT");
  const took = await system.until(async () => (await system.ask("/readyz")).status === 200, 30_000, "not ready again");
  const same = before.every((pid, n) => pid === system.pid(`web${n + 1}`));
  line(
    "R23",
    "PgBouncer frozen: no connection of the database answers",
    `/healthz ${alive!.status}, /readyz ${ready!.status} after ${s(ready!.ms)}; ready ${s(took)} after it went on, ${same ? "no process started anew" : "processes started anew"}`,
    alive!.status === 200 && ready!.status === 503 && ready!.ms < 2_000 && same,
  );
};
