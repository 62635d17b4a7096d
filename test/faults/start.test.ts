import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { freePort } from "../../src/db/embedded.ts";
import { until } from "../support/processes.ts";

vi.setConfig({ testTimeout: 120_000 });

const folders: string[] = [];
const started: ChildProcess[] = [];
afterAll(() => {
  for (const child of started) child.kill("SIGKILL");
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function newFolder(): string {
  const folder = mkdtempSync("/tmp/muster-start-");
  chmodSync(folder, 0o755);
  folders.push(folder);
  return folder;
}

/** What `npm start` runs, with a data folder of its own. */
function start(folder: string, port: number) {
  const { DATABASE_URL, BASE_URL, SESSION_SECRET, NODE_ENV, VITEST, ...env } = process.env;
  const child = spawn(process.execPath, ["bin/start.ts"], {
    env: { ...env, MUSTER_DATA: folder, PORT: String(port) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  started.push(child);
  const run = { child, text: "", exited: new Promise<number | null>((resolve) => child.once("exit", resolve)) };
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (run.text += chunk));
  return run;
}

const answers = async (port: number) => (await fetch(`http://localhost:${port}/readyz`).catch(() => undefined))?.status;

test("npm start gets ready, says so once with the sign-ins, keeps its data, and Ctrl-C leaves nothing behind", async () => {
  const folder = newFolder();
  const port = await freePort();
  const first = start(folder, port);
  await until(
    () => first.text.includes("Ctrl-C stops everything"),
    90_000,
    () => first.text,
  );
  expect(first.text.match(/^ready http:\/\/localhost:\d+$/gm)).toEqual([`ready http://localhost:${port}`]);
  expect(first.text.match(/@\w+\.test /g)!.length).toBeGreaterThanOrEqual(4);
  expect(await answers(port)).toBe(200);
  expect((await fetch(`http://localhost:${port}/dev/inbox.json`)).status).toBe(200);

  const second = start(folder, port + 1);
  expect(await second.exited).toBe(1);
  expect(second.text).toContain(`already runs from this folder, on http://localhost:${port}`);
  expect(await answers(port)).toBe(200);

  first.child.kill("SIGINT");
  expect(await first.exited).toBe(0);
  expect(await answers(port)).toBeUndefined();
  expect(existsSync(join(folder, "postgres", "postmaster.pid"))).toBe(false);
  expect(existsSync(join(folder, "running.json"))).toBe(false);

  const again = start(folder, port);
  await until(
    () => again.text.includes("Ctrl-C stops everything"),
    90_000,
    () => again.text,
  );
  expect(again.text).not.toContain("Filled in the demo data");
  again.child.kill("SIGKILL");
  await again.exited;

  // Killed outright, it cannot tidy up; its children notice, and the next start takes the folder over.
  await until(async () => (await answers(port)) === undefined, 30_000);
  const after = start(folder, port);
  await until(
    () => after.text.includes("Ctrl-C stops everything"),
    90_000,
    () => after.text,
  );
  after.child.kill("SIGTERM");
  expect(await after.exited).toBe(0);
});

test("npm start on a port that is taken says so, and leaves nothing behind", async () => {
  const folder = newFolder();
  const other = createServer().listen(0);
  const { port } = other.address() as { port: number };
  const run = start(folder, port);
  expect(await run.exited).toBe(1);
  expect(run.text).toContain(`Port ${port} is taken`);
  expect(existsSync(join(folder, "postgres"))).toBe(false);
  expect(existsSync(join(folder, "running.json"))).toBe(false);
  other.close();
});
