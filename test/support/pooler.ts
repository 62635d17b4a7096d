import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, chownSync, mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { pgbouncerSettings } from "../../src/cluster/environment.ts";
import { program, write } from "../../src/cluster/programs.ts";
import { freePort } from "../../src/db/embedded.ts";
import { runAs } from "../../src/db/postgres-binaries.ts";
import { atEndOfFile } from "./endings.ts";

const poolers = new Map<string, Promise<string>>();
const children: ChildProcess[] = [];
const folders: string[] = [];
atEndOfFile(() => {
  poolers.clear();
  for (const child of children.splice(0)) child.kill("SIGKILL");
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** With BEHIND_PGBOUNCER the address of a PgBouncer in front of this database, started on first use; else nothing. */
export async function poolerOf(databaseUrl: string): Promise<string | undefined> {
  if (!process.env.BEHIND_PGBOUNCER) return undefined;
  const found = poolers.get(databaseUrl) ?? start(new URL(databaseUrl));
  poolers.set(databaseUrl, found);
  return found;
}

async function start(database: URL): Promise<string> {
  const folder = mkdtempSync("/tmp/muster-pooler-");
  folders.push(folder);
  const { uid, gid } = runAs();
  chmodSync(folder, 0o755);
  if (uid !== undefined) chownSync(folder, uid, gid!);
  const port = await freePort();
  write(folder, "userlist.txt", `"${database.username}" "${database.password}"\n`, true);
  const settings = write(folder, "pgbouncer.ini", pgbouncerSettings(database, port, folder, 6));
  children.push(spawn(program("pgbouncer"), ["-q", settings], { ...runAs(), stdio: "ignore" }));
  for (let tries = 0; tries < 100 && !(await answers(port)); tries++) await sleep(50);
  const url = new URL(database);
  url.host = `127.0.0.1:${port}`;
  return url.href;
}

const answers = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, "127.0.0.1", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.end());
  });
