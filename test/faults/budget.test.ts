import { spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { startEmbedded } from "../../src/db/embedded.ts";
import { demoPassword } from "../../src/db/seed-people.ts";
import { ownCluster } from "../support/cluster.ts";
import { startWeb, startWorker } from "../support/processes.ts";

vi.setConfig({ testTimeout: 90_000, hookTimeout: 120_000 });

let own: Awaited<ReturnType<typeof ownCluster>>;
beforeAll(async () => {
  own = await ownCluster("max_connections=20");
});
afterAll(() => own?.end());

test("R12 two overlapping deploys and the release step fit into the smallest plan, under load", async () => {
  const env = { DATABASE_CONNECTIONS: "20" };
  const running = await Promise.all([startWeb(env), startWeb(env), startWorker(env), startWorker(env)]);
  const webs = running.slice(0, 2);
  const cookie = await webs[0]!.signIn("olivia@northwind.test", demoPassword);
  const release = spawn(process.execPath, ["bin/migrate.ts"], { env: process.env, stdio: "pipe" });
  const released = new Promise((resolve) => release.once("exit", resolve));

  const answers = await Promise.all(
    webs.flatMap((web) => [...Array(40)].map(async () => (await web.fetch("/admin/users", { cookie })).status)),
  );
  expect(new Set(answers)).toEqual(new Set([200]));
  expect(await released).toBe(0);
  const log = running.flatMap(({ log }) => log).join("\n");
  expect(log).not.toMatch(/too many|remaining connection slots|53300/);
  for (const each of running) each.kill("SIGTERM");
  expect(await Promise.all(running.map(({ exited }) => exited))).toEqual([0, 0, 0, 0]);
});

test("R25 a copy of the data, started elsewhere, lets people sign in", async () => {
  await own.cluster.stop();
  const dir = mkdtempSync("/tmp/muster-restored-");
  chmodSync(dir, 0o755);
  spawnSync("cp", ["-a", join(own.dir, "postgres"), dir]);
  const restored = await startEmbedded(join(dir, "postgres"));
  const web = await startWeb({ DATABASE_URL: restored.url("muster") });
  const cookie = await web.signIn("olivia@northwind.test", demoPassword);
  expect((await web.fetch("/admin/users", { cookie })).status).toBe(200);
  web.kill("SIGTERM");
  expect(await web.exited).toBe(0);
  await restored.stop("immediate");
  rmSync(dir, { recursive: true, force: true });
});
