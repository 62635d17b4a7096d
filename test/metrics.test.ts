import { readFileSync } from "node:fs";
import { sql } from "drizzle-orm";
import supertest from "supertest";
import { afterAll, describe, expect, test } from "vitest";
import { hashPassword, hashQueue } from "../src/auth/passwords.ts";
import { config } from "../src/config.ts";
import { db, poolUse } from "../src/db/client.ts";
import { laneOf } from "../src/db/lane.ts";
import { application } from "./support/browser.ts";

const token = "a-token-of-monitoring";
const ask = (authorization?: string) => {
  const asked = supertest(application()).get("/metrics");
  return authorization ? asked.set("Authorization", authorization) : asked;
};

afterAll(() => {
  config.METRICS_TOKEN = "";
});

describe("R22 /metrics", () => {
  test("is not there without a token set, and for nobody without it", async () => {
    config.METRICS_TOKEN = "";
    await ask(`Bearer ${token}`).expect(404);
    config.METRICS_TOKEN = token;
    await ask().expect(401);
    await ask("Bearer wrong").expect(401);
    await ask(`Basic ${token}`).expect(401);
    await ask(`Bearer ${token}`).expect(200);
  });

  test("says how things stand, by the pattern of a route and never by its address", async () => {
    config.METRICS_TOKEN = token;
    await supertest(application()).get("/reset/a-secret-of-somebody");
    const { text } = await ask(`Bearer ${token}`).expect(200);
    expect(text).toMatch(/^muster_workers 0$/m);
    expect(text).toMatch(/^muster_queue_oldest_seconds \d+$/m);
    expect(text).toContain('muster_http_request_duration_seconds_count{method="GET",route="');
    expect(text).not.toContain("a-secret-of-somebody");
  });

  test("says what waits in this process: for a connection, and to be hashed", async () => {
    config.METRICS_TOKEN = token;
    const { size } = poolUse();
    const shared = size - laneOf(size);
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const open = Array.from({ length: shared + 2 }, () => db.transaction(() => held));
    const statement = db.execute(sql`select 1`).then((rows) => rows.length);
    await expect.poll(poolUse).toEqual({ size, inUse: shared, waiting: 3 });
    const hashes = Array.from({ length: config.PASSWORD_HASHES_AT_ONCE + 2 }, () => hashPassword("nobody uses this"));
    expect(hashQueue()).toEqual({ running: config.PASSWORD_HASHES_AT_ONCE, waiting: 2 });
    release();
    await Promise.all([...open, statement, ...hashes]);
    expect(poolUse()).toEqual({ size, inUse: 0, waiting: 0 });
    const { text } = await ask(`Bearer ${token}`).expect(200);
    expect(text).toContain(`muster_pool_connections{state="share"} ${size}\n`);
    expect(text).toMatch(/^muster_password_hashes_waiting 0$/m);
  });

  test("has every figure that the dashboard and the alert rules name", async () => {
    config.METRICS_TOKEN = token;
    const { text } = await ask(`Bearer ${token}`).expect(200);
    for (const file of ["grafana-dashboard.json", "alerts.yml"]) {
      const named = readFileSync(`docs/monitoring/${file}`, "utf8").match(/muster_\w+/g)!;
      const base = [...new Set(named)].map((name) => name.replace(/_(bucket|count|sum)$/, ""));
      expect(base.filter((name) => !text.includes(`# TYPE ${name} `))).toEqual([]);
    }
  });
});
