import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { environment } from "../src/config.ts";
import { connectionBudget } from "../src/db/budget.ts";

const key = Buffer.alloc(32, 7).toString("base64");
const complete = {
  NODE_ENV: "production",
  BASE_URL: "https://muster.example.com",
  DATABASE_URL: "postgres://u:p@db.example.com/muster",
  SMTP_URL: "smtps://u:p@mail.example.com:465",
  MAIL_FROM: "Muster <muster@example.com>",
  MAIL_DOMAIN: "example.com",
  SESSION_SECRET: "x".repeat(40),
  ENCRYPTION_KEYS: `k1:${key}`,
};

/** Runs a line of code in a fresh process with exactly this environment. */
function start(env: Record<string, string>, code = `await import("./src/config.ts")`) {
  const { status, stderr, stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", code], {
    env: { PATH: process.env.PATH, ...env },
    encoding: "utf8",
  });
  return { status, stderr, stdout };
}

describe("the environment", () => {
  test("production starts with everything that is needed", () => {
    expect(start(complete)).toMatchObject({ status: 0, stderr: "" });
  });

  test("production names everything that is missing or malformed at once, and ends with 1", () => {
    const { status, stderr } = start({
      NODE_ENV: "production",
      BASE_URL: "http://muster.example.com",
      ENCRYPTION_KEYS: "k1:short",
      SESSION_SECRET: "short",
      PORT: "many",
      SMTP_URL: "",
    });
    expect(status).toBe(1);
    for (const name of ["BASE_URL", "ENCRYPTION_KEYS", "SESSION_SECRET", "PORT"]) expect(stderr).toContain(`${name}: `);
    for (const name of ["DATABASE_URL", "SMTP_URL", "MAIL_FROM", "MAIL_DOMAIN"]) {
      expect(stderr).toContain(`${name}: is missing`);
    }
    expect(stderr).not.toContain("short");
  });

  test("production refuses what could only fail at the first mail or link", () => {
    const wrong = {
      BASE_URL: "https://muster.example.com/console",
      SMTP_URL: "smtp://",
      MAIL_FROM: "Muster",
      MAIL_DOMAIN: "Example.com",
    };
    const { status, stderr } = start({ ...complete, ...wrong });
    expect(status).toBe(1);
    for (const name of Object.keys(wrong)) expect(stderr).toMatch(new RegExp(`${name}: expected `));
    expect(stderr).not.toContain("Invalid");
    for (const from of ["muster@example.com", '"Muster, Mail" <muster@example.com>']) {
      expect(start({ ...complete, BASE_URL: "https://muster.example.com/", MAIL_FROM: from })).toMatchObject({
        status: 0,
      });
    }
  });

  test("production never mounts the built-in inbox", () => {
    const code = `
      const { rooms } = await import("./src/rooms.ts");
      console.log(rooms.map(({ mount }) => mount).join(" "));
      process.exit(0);`;
    const { stdout } = start({ ...complete, INBOX_PORT: "2525" }, code);
    expect(stdout).toContain("/admin/users");
    expect(stdout).not.toContain("/dev");
  });

  test(".env.example explains every setting, and no other", () => {
    const text = readFileSync(new URL("../.env.example", import.meta.url), "utf8");
    const explained = [...text.matchAll(/^([A-Z_]+)=/gm)].map(([, name]) => name!);
    const known = Object.keys((environment as unknown as { in: { shape: object } }).in.shape);
    expect(explained.sort()).toEqual(known.sort());
  });
});

describe("npm start", () => {
  /** Starts with a folder of its own, and says what it ended with. */
  function begin(port: string) {
    const folder = mkdtempSync(join(tmpdir(), "muster-start-"));
    const env = { PATH: process.env.PATH, MUSTER_DATA: folder, PORT: port };
    return new Promise<{ code: number | null; said: string }>((resolve) => {
      const child = spawn(process.execPath, [new URL("../bin/start.ts", import.meta.url).pathname], { env });
      let said = "";
      for (const stream of [child.stdout, child.stderr]) {
        stream.on("data", (text: Buffer) => {
          said += text;
        });
      }
      child.once("close", (code) => {
        expect(readdirSync(folder)).toEqual([]);
        rmSync(folder, { recursive: true });
        resolve({ code, said });
      });
    });
  }

  test("says what is wrong with the port, one line and nothing begun", async () => {
    const taken = createServer();
    await new Promise<void>((listening) => taken.listen(0, listening));
    const { port } = taken.address() as AddressInfo;
    for (const [given, words] of [
      ["abc", "PORT is no number from 1 to 65535."],
      ["70000", "PORT is no number from 1 to 65535."],
      [String(port), `Port ${port} is taken: another Muster, or another program, listens there.`],
    ] as const) {
      const { code, said } = await begin(given);
      expect(code).toBe(1);
      expect(said).toContain(words);
      expect(said.trim().split("\n")).toHaveLength(1);
    }
    taken.close();
    expect(start({ ...complete, PORT: "70000" }).stderr).toContain("PORT: ");
  });
});

describe("R12 the connection budget", () => {
  const shares = (connections: number, web: number, worker: number) => ({
    DATABASE_CONNECTIONS: connections,
    WEB_PROCESSES: web,
    WORKER_PROCESSES: worker,
    WORKER_CONCURRENCY: 10,
  });

  test("two overlapping deploys, the release step and a report that is made stay within 80 % of the plan", () => {
    for (const connections of [20, 40, 120, 500]) {
      for (const web of [1, 2, 4, 8]) {
        for (const worker of [1, 2, 3]) {
          const budget = connectionBudget(shares(connections, web, worker));
          if (!budget) continue;
          expect(2 * (web * budget.web + worker * budget.worker) + 2).toBeLessThanOrEqual(connections * 0.8);
          expect(budget.worker).toBeGreaterThanOrEqual(3);
        }
      }
    }
  });

  test("the smallest plan carries one of each, and says so when it does not", () => {
    expect(connectionBudget(shares(20, 1, 1))).toEqual({ web: 4, worker: 3, pooler: 8 });
    expect(connectionBudget(shares(20, 8, 2))).toBeUndefined();
    const pooled = { ...shares(60, 3, 2), DATABASE_POOL_URL: "postgres://p.example.com/muster" };
    const { web, worker, pooler } = connectionBudget(pooled)!;
    expect(web).toBe(8);
    // Two deploys of two workers each, the release step, a report, and the one pooler: 80 % of the plan.
    expect(2 * 2 * worker + 2 + pooler).toBeLessThanOrEqual(48);
    const { status, stderr } = start({ ...complete, WEB_PROCESSES: "8", WORKER_PROCESSES: "2" });
    expect(status).toBe(1);
    expect(stderr).toContain("DATABASE_CONNECTIONS: too few");
  });
});
