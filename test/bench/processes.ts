import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { freePort } from "../../src/db/embedded.ts";
import { adminEmail, password, type World } from "./world.ts";

export interface Served {
  url: string;
  process: ChildProcess;
  /** Milliseconds from the start of the process to its first answer. */
  startedIn: number;
  /** Resident memory in MB. */
  memory(): number;
  /** Milliseconds that its threads were busy so far: what a machine shared with others shows most truly. */
  processorTime(): number;
  stop(): Promise<void>;
}

export const root = new URL("../../", import.meta.url).pathname;

/** How the `Procfile` starts a process, and so everything here: variables, and flags of Node. */
export function procfile(kind: "web" | "worker" = "web") {
  const line = new RegExp(`^${kind}: (.*)$`, "m").exec(readFileSync(`${root}Procfile`, "utf8"))?.[1]?.split(" ") ?? [];
  return {
    env: Object.fromEntries(line.filter((word) => /^[A-Z_]+=/.test(word)).map((word) => word.split("="))),
    flags: line.filter((word) => word.startsWith("--")),
  };
}

async function serve(file: string, path: string, env: Record<string, string>): Promise<Served> {
  const port = await freePort();
  const how = procfile();
  const began = performance.now();
  const child = spawn(process.execPath, [...how.flags, file], {
    cwd: root,
    env: { ...process.env, ...how.env, ...env, PORT: String(port) },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const url = `http://127.0.0.1:${port}`;
  while (!(await fetch(url + path).catch(() => undefined))) await new Promise((done) => setTimeout(done, 5));

  return {
    url,
    process: child,
    startedIn: performance.now() - began,
    memory: () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1]) / 1024,
    processorTime: () => {
      // After the name in brackets; fields 14 and 15 of proc(5), in hundredths of a second.
      const fields = readFileSync(`/proc/${child.pid}/stat`, "utf8").split(") ")[1]!.split(" ");
      return (Number(fields[11]) + Number(fields[12])) * 10;
    },
    stop: () =>
      new Promise((done) => {
        child.once("exit", () => done());
        child.kill("SIGTERM");
      }),
  };
}

/** The floor: one process, one indexed query, one EJS page; nothing else. */
export const serveFloor = (world: World) => serve("test/bench/floor.ts", "/", { FLOOR_ACCOUNT: world.accountId });

/** Muster's web process as in production, behind a proxy that speaks https. */
export const serveMuster = (more: Record<string, string> = {}) =>
  serve("src/server.ts", "/healthz", { ...productionEnv, ...more });

export const productionEnv = {
  NODE_ENV: "production",
  BASE_URL: "https://muster.bench.test",
  SESSION_SECRET: "a secret of the benchmark, at least 32 long",
  ENCRYPTION_KEYS: `bench:${Buffer.alloc(32, "bench").toString("base64")}`,
  SMTP_URL: "smtp://127.0.0.1:1",
  MAIL_FROM: "Muster <muster@bench.test>",
  MAIL_DOMAIN: "bench.test",
  TRUST_PROXY: "1",
  DATABASE_CONNECTIONS: "60",
  LOG_LEVEL: "error",
  SIGN_INS_PER_MINUTE: "1000000",
  SIGN_INS_PER_HOUR: "1000000",
  SIGN_INS_PER_MINUTE_PER_IP: "1000000",
  SIGN_INS_PER_HOUR_PER_IP: "1000000",
  RESETS_PER_HOUR: "1000000",
  RESETS_PER_HOUR_PER_IP: "1000000",
  REGISTRATIONS_PER_MINUTE_PER_IP: "1000000",
  INVITES_PER_HOUR: "1000000",
  INVITES_PER_DAY_PER_ACCOUNT: "1000000",
  UPLOADS_PER_MINUTE: "1000000",
  IMPORTS_PER_HOUR: "1000000",
  REPORTS_PER_HOUR: "1000000",
  API_CALLS_PER_MINUTE: "1000000",
  API_CALLS_PER_MINUTE_PER_IP: "1000000",
};

export const browserHeaders = {
  "X-Forwarded-Proto": "https",
  "X-Forwarded-For": "203.0.113.7",
  Origin: "https://muster.bench.test",
};

/** Posts a form as our own page would; redirects are not followed. */
export const post = (url: string, fields: Record<string, string>, cookie = "") =>
  fetch(url, {
    method: "POST",
    redirect: "manual",
    headers: { ...browserHeaders, Cookie: cookie, "Content-Type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams(fields),
  });

/** Signs the owner in and returns the cookie to send along. */
export async function signIn(url: string): Promise<string> {
  const answer = await post(`${url}/sign-in`, { email: adminEmail, password });
  if (answer.status !== 303) throw new Error(`sign-in answered ${answer.status}`);
  return answer.headers
    .getSetCookie()
    .map((line) => line.split(";")[0])
    .join("; ");
}

/** A page as its visitor gets it; anything but 200 is an error. */
export async function fetchPage(url: string, cookie: string): Promise<string> {
  const answer = await fetch(url, { headers: { cookie, "X-Forwarded-Proto": "https" } });
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`${url} answered ${answer.status}`);
  return text;
}
