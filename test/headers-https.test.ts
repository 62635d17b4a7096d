import { spawnSync } from "node:child_process";
import { expect, test, vi } from "vitest";
import { create, password } from "./support/world.ts";

test("T47 T66 behind https: the __Host- prefix, Secure, and a year of HSTS", async () => {
  const { user } = await create.colleague(await create.account(), ["owner"]);
  process.env.BASE_URL = "https://muster.example";
  process.env.TRUST_PROXY = "1";
  vi.resetModules();
  const { createApp } = await import("../src/app.ts");
  const { default: supertest } = await import("supertest");
  const answer = await supertest(createApp())
    .post("/sign-in")
    .set({ Origin: "https://muster.example", "X-Forwarded-Proto": "https" })
    .type("form")
    .send({ email: user.email, password });
  expect(answer.status).toBe(303);
  const cookies = answer.headers["set-cookie"] as unknown as string[];
  expect(cookies.some((cookie) => cookie.startsWith("__Host-muster="))).toBe(true);
  for (const cookie of cookies) {
    for (const part of ["__Host-", "Secure", "HttpOnly", "SameSite=Lax", "Path=/;"]) expect(cookie).toContain(part);
    expect(cookie).not.toContain("Domain=");
  }
  expect(answer.headers["strict-transport-security"]).toBe("max-age=31536000; includeSubDomains");
  const { closeDatabase } = await import("../src/db/client.ts");
  await closeDatabase();
});

test("T47 production refuses http", () => {
  const started = spawnSync(process.execPath, ["src/config.ts"], {
    cwd: new URL("..", import.meta.url).pathname,
    encoding: "utf8",
    env: { PATH: process.env.PATH, NODE_ENV: "production", BASE_URL: "http://muster.example" },
  });
  expect(started.status).toBe(1);
  expect(started.stderr).toContain("BASE_URL");
});
