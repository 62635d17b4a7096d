import { randomBytes } from "node:crypto";
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { reaches, runAs } from "../db/postgres-binaries.ts";

/** Something that the person at the keyboard can put right: shown as it is, without a stack. */
export class StartProblem extends Error {}

/** `.data` in the checkout: everything that a development instance keeps between starts. */
export class DataFolder {
  readonly path: string;
  private lockFile: string;

  constructor(path: string) {
    this.path = path;
    this.lockFile = join(path, "running.json");
    mkdirSync(path, { recursive: true });
  }

  /** One instance a folder. A lock whose process is gone is taken over. */
  lock(port: number): void {
    const other = this.runningInstance();
    if (other) {
      throw new StartProblem(
        `Muster already runs from this folder, on http://localhost:${other.port} (process ${other.pid}). Stop it first.`,
      );
    }
    writeFileSync(this.lockFile, JSON.stringify({ pid: process.pid, port }));
  }

  unlock(): void {
    rmSync(this.lockFile, { force: true });
  }

  private runningInstance(): { pid: number; port: number } | undefined {
    try {
      const found = JSON.parse(readFileSync(this.lockFile, "utf8")) as { pid: number; port: number };
      process.kill(found.pid, 0);
      // A process number is used again after a while: where the system says what runs under it, ask.
      const command = `/proc/${found.pid}/cmdline`;
      return existsSync(command) && !readFileSync(command, "utf8").includes("start.ts") ? undefined : found;
    } catch {
      return undefined;
    }
  }

  /** The secret behind sessions and mailed links: kept, so that both survive a restart. */
  secret(): string {
    const file = join(this.path, "session-secret");
    if (!existsSync(file)) writeFileSync(file, randomBytes(32).toString("hex"), { mode: 0o600 });
    return readFileSync(file, "utf8").trim();
  }

  /**
   * Where the database lies: here, or, in a checkout that the database's user cannot enter (root in a private folder),
   * in the system's folder for temporary files. `moved` says so.
   */
  databaseFolder(): { path: string; moved: boolean } {
    const user = runAs();
    const here = join(this.path, "postgres");
    if (user.uid === undefined) return { path: here, moved: false };

    mkdirSync(here, { recursive: true });
    chownSync(here, user.uid, user.gid!);
    if (reaches(here, "-w", user)) return { path: here, moved: false };

    const elsewhere = this.rememberedFolder();
    mkdirSync(elsewhere, { recursive: true });
    chmodSync(dirname(elsewhere), 0o755);
    return { path: elsewhere, moved: true };
  }

  private rememberedFolder(): string {
    const file = join(this.path, "database-folder");
    if (!existsSync(file)) writeFileSync(file, join(tmpdir(), `muster-${randomBytes(6).toString("hex")}`, "postgres"));
    return readFileSync(file, "utf8").trim();
  }
}
