import { eq } from "drizzle-orm";
import type { Response } from "supertest";
import { beforeAll, describe, expect, test } from "vitest";
import { flushCalls } from "../src/api-calls/note.ts";
import { config } from "../src/config.ts";
import { db } from "../src/db/client.ts";
import { apiCalls, apiTokens, events, grants, idempotencyKeys, members } from "../src/db/schema.ts";
import { bare, type Program, program, programOf } from "./support/programs.ts";
import { statementsOf } from "./support/statements.ts";
import { type Account, changesOf, create, type User } from "./support/world.ts";

let account: Account;
let user: User;
let api: Program;

beforeAll(async () => {
  ({ account, user, program: api } = await program("owner"));
  await create.colleague(account, ["owner"]);
});

describe("who calls", () => {
  test("without a token, with a bad one or a stranger's: 401 and how to get one", async () => {
    const none = await bare("get", "/members").expect(401);
    expect(none.headers["www-authenticate"]).toBe('Bearer realm="Muster"');
    expect(none.headers["content-type"]).toMatch(/^application\/problem\+json/);
    expect(none.body).toMatchObject({
      status: 401,
      title: expect.any(String),
      detail: expect.stringContaining("/oauth/token"),
    });
    expect(none.body.instance).toMatch(/^urn:uuid:[\da-f-]{36}$/);
    expect(none.body.type).toMatch(/\/api\/v1#unauthorized$/);
    for (const header of [
      "Bearer x",
      "Bearer",
      "Basic eDp5",
      `Bearer ${api.secret}`,
      `Bearer ${api.token.slice(0, -1)}${api.token.endsWith("0") ? "1" : "0"}`,
    ]) {
      const answer = await bare("get", "/members").set("Authorization", header).expect(401);
      expect(answer.headers["www-authenticate"]).toContain('error="invalid_token"');
    }
    expect(none.headers["set-cookie"]).toBeUndefined();
  });

  test("D13 T38 a token acts with what its maker holds now: less after a demotion, nothing after a block", async () => {
    const { user: maker, member } = await create.colleague(account, ["admin"]);
    const theirs = await programOf(account, maker);
    await theirs.get("/domains").expect(200);
    await db.update(grants).set({ endedAt: new Date() }).where(eq(grants.memberId, member.id));
    const refused = await theirs.get("/domains").expect(403);
    expect(refused.body.detail).toContain("View domains");
    await db.update(members).set({ status: "blocked" }).where(eq(members.id, member.id));
    await theirs.get("/domains").expect(401);
  });

  test("scopes bound it: 403 insufficient_scope, whatever its maker may do", async () => {
    const narrow = await programOf(account, user, ["domains.view"]);
    await narrow.get("/domains").expect(200);
    const answer = await narrow.get("/members").expect(403);
    expect(answer.headers["www-authenticate"]).toContain('error="insufficient_scope", scope="users.view"');
    // Of a client whose scopes were narrowed later, older tokens are narrower as well.
    const wide = await programOf(account, user, ["domains.view"]);
    await db
      .update(apiTokens)
      .set({ scopes: ["domains.view", "users.view"] })
      .where(eq(apiTokens.clientId, wide.client.id));
    await wide.get("/members").expect(403);
  });

  test("T51 nobody gives by a program what the token is not for", async () => {
    const narrow = await programOf(account, user, ["roles.add", "users.view"]);
    const given = { name: "Too much", permissions: ["users.view", "users.delete"], level: "account" };
    await narrow.post("/roles", given).expect(403);
    await narrow.post("/roles", { ...given, permissions: ["users.view"] }).expect(201);
  });

  test("a call takes one statement to know who asks, and notes itself without waiting", async () => {
    await api.get("/domains").expect(200);
    const asked = await statementsOf(() => api.get("/domains").expect(200));
    expect(asked.filter((text) => !/api_calls|last_used_at/.test(text))).toHaveLength(2);
    await api.get("/members?q=ana&secret=1").expect(422);
    await flushCalls();
    const calls = await db.select().from(apiCalls).where(eq(apiCalls.clientId, api.client.id));
    const last = calls.at(-1)!;
    expect(last).toMatchObject({
      method: "GET",
      path: "/api/v1/members",
      query: "q=ana",
      status: 422,
      clientName: "Payroll",
    });
    expect(last.problem).toMatchObject({ errors: [{ parameter: "secret" }] });
    expect(JSON.stringify(calls)).not.toContain(api.token);
  });
});

describe("what is asked and answered", () => {
  test("T57 a member or parameter that nobody asked for is refused with its place", async () => {
    const body = { name: "Desk", permissions: ["users.view", "x"], level: "account", accountId: account.id };
    const answer = await api.post("/roles", body).expect(422);
    const pointers = answer.body.errors.map(({ pointer }: { pointer: string }) => pointer).sort();
    expect(pointers).toEqual(["#/accountId", "#/permissions/1"]);
    const query = await api.get("/members?limit=101&status=gone").expect(422);
    expect(query.body.errors.map(({ parameter }: { parameter: string }) => parameter).sort()).toEqual([
      "limit",
      "status",
    ]);
    const rule = await api
      .post("/roles", { name: "Viewer", permissions: ["users.view"], level: "account" })
      .expect(422);
    expect(rule.body.errors).toEqual([{ pointer: "#/name", detail: rule.body.detail }]);
  });

  test("404, 405, 406, 413, 415, 400: each as a problem", async () => {
    const problem = async (status: number, asked: ReturnType<Program["ask"]>) => {
      const answer = await asked;
      expect(answer.status).toBe(status);
      expect(answer.headers["content-type"]).toMatch(/^application\/problem\+json/);
      expect(answer.body).toMatchObject({ status });
      return answer;
    };
    await problem(404, api.get("/nothing"));
    await problem(404, api.get(`/members/${crypto.randomUUID()}`));
    expect((await problem(405, api.put("/members", {}))).headers.allow).toBe("GET, POST, HEAD");
    await problem(406, api.get("/members", { Accept: "text/html" }));
    await problem(413, api.post("/roles", { name: "x".repeat(110_000) }));
    await problem(415, api.post("/roles").type("form").send("name=x") as never);
    await problem(400, api.post("/roles").type("json").send("{") as never);
    await problem(422, api.post("/roles").type("json").send("[]") as never);
  });

  test("T56 a change names the version that it is of: 428 without, 412 when somebody was faster", async () => {
    const made = await api.post("/roles", { name: "Desk", permissions: ["users.view"], level: "account" }).expect(201);
    expect(made.headers.location).toBe(`${config.BASE_URL}/api/v1/roles/${made.body.id}`);
    const path = `/roles/${made.body.id}`;
    const change = { name: "Desk 2", permissions: ["users.view", "roles.view"] };
    await api.put(path, change).expect(428);
    await api.put(path, change, { "If-Match": 'W/"1"' }).expect(412);
    const changed = await api.put(path, change, { "If-Match": made.headers.etag! }).expect(200);
    expect(changed.headers.etag).toBe('"2"');
    expect((await api.put(path, change, { "If-Match": made.headers.etag! })).status).toBe(412);
    await api.delete(path, { "If-Match": '"2"' }).expect(204);
    await api.get(path).expect(404);
  });

  test("a list is read page by page along its Link", async () => {
    const other = await program("owner");
    for (let n = 0; n < 5; n++) await create.colleague(other.account, ["viewer"]);
    for (const [path, total] of [
      ["/members?sort=name&dir=asc", 6],
      ["/roles?", 6],
      ["/audit-events?", 2],
    ] as const) {
      if (path.startsWith("/audit"))
        for (const name of ["a", "b"])
          await other.program.post("/roles", { name, permissions: ["users.view"], level: "account" }).expect(201);
      const seen: string[] = [];
      let next: string | undefined = `${path}&limit=1`;
      while (next) {
        const page: Response = await other.program.get(next).expect(200);
        expect(page.body.data.length).toBeLessThanOrEqual(1);
        seen.push(...page.body.data.map(({ id }: { id: string }) => id));
        const link: string | undefined = /<([^>]+)>; rel="next"/.exec(page.headers.link ?? "")?.[1];
        expect(Boolean(link)).toBe(page.body.next !== null);
        next = link?.replace(`${config.BASE_URL}/api/v1`, "");
      }
      expect([path, new Set(seen).size]).toEqual([path, total]);
    }
    await other.program.get("/members?cursor=x").expect(422);
  });

  test("the events name the program, and rights that it gives come from it", async () => {
    const { account, user, program: desk } = await program("owner");
    const { member } = await create.colleague(account, ["viewer"]);
    await desk.put(`/members/${member.id}/role`, { role: "admin" }).expect(200);
    const held = await desk.get(`/members/${member.id}/grants`).expect(200);
    expect(held.body.data).toMatchObject([{ systemRole: "admin", source: "api" }]);
    const [event] = await db.select().from(events).where(eq(events.accountId, account.id));
    expect(event).toMatchObject({
      name: "member.role_changed",
      actorId: user.id,
      actorLabel: `${user.email} (via Payroll)`,
    });
  });
});

describe("Idempotency-Key", () => {
  const role = (name: string) => ({ name, permissions: ["users.view"], level: "account" });

  test("the same request again gets the same answer, another one is refused, and it is done once", async () => {
    const key = { "Idempotency-Key": crypto.randomUUID() };
    const before = (await changesOf(account.id)).length;
    const first = await api.post("/roles", role("Once"), key).expect(201);
    const again = await api.post("/roles", role("Once"), key).expect(201);
    expect([again.body, again.headers.location, again.headers.etag]).toEqual([
      first.body,
      first.headers.location,
      first.headers.etag,
    ]);
    expect(again.headers["idempotency-replayed"]).toBe("true");
    await api.post("/roles", role("Twice"), key).expect(422);
    expect((await changesOf(account.id)).length).toBe(before + 1);
    const refusedKey = { "Idempotency-Key": "refused" };
    const refused = await api.post("/roles", role("Once"), refusedKey).expect(422);
    expect((await api.post("/roles", role("Once"), refusedKey).expect(422)).body).toEqual(refused.body);
  });

  test("of twenty at once one runs, the others wait or get its answer", async () => {
    const key = { "Idempotency-Key": crypto.randomUUID() };
    const answers = await Promise.all(Array.from({ length: 20 }, () => api.post("/roles", role("Race"), key)));
    expect(answers.filter(({ status }) => status !== 201 && status !== 409)).toEqual([]);
    const made = new Set(answers.filter(({ status }) => status === 201).map(({ body }) => body.id));
    expect(made.size).toBe(1);
    await api.post("/roles", role("Race"), key).expect(201);
  });

  test("an attempt that died after its change is told, not made again; one that died before it is", async () => {
    const key = { "Idempotency-Key": crypto.randomUUID() };
    const made = await api.post("/roles", role("Crash"), key).expect(201);
    const row = eq(idempotencyKeys.key, key["Idempotency-Key"]);
    // As a crash leaves it: the change and its mark are committed, the answer is not kept.
    await db.update(idempotencyKeys).set({ status: null, headers: null, body: null }).where(row);
    const told = await api.post("/roles", role("Crash"), key).expect(201);
    expect([told.body.id, told.headers.location]).toEqual([made.body.id, made.headers.location]);

    const early = { "Idempotency-Key": crypto.randomUUID() };
    await api.post("/roles", role("Crash"), early).expect(422);
    const other = eq(idempotencyKeys.key, early["Idempotency-Key"]);
    await db.update(idempotencyKeys).set({ status: null, body: null }).where(other);
    await api.post("/roles", role("Crash"), early).expect(409);
    await db
      .update(idempotencyKeys)
      .set({ createdAt: new Date(Date.now() - 61_000) })
      .where(other);
    await api.post("/roles", role("Crash"), early).expect(422);
  });

  test("what is kept opens nothing: answers are encrypted", async () => {
    const rows = await db.select().from(idempotencyKeys);
    expect(rows.some(({ body }) => body?.includes("Once"))).toBe(false);
  });
});

test("limits: so many calls a minute for a client, told with each answer, and 429 with the wait", async () => {
  const usual = config.API_CALLS_PER_MINUTE;
  config.API_CALLS_PER_MINUTE = 40;
  try {
    const eager = await programOf(account, user);
    const answers = [];
    for (let n = 0; n < 42; n++) answers.push(await eager.get("/roles"));
    expect(answers.map(({ status }) => status)).toEqual([...Array(40).fill(200), 429, 429]);
    expect(answers[0]!.headers.ratelimit).toMatch(/^"client";r=39;t=\d+$/);
    expect(Number(answers[41]!.headers["retry-after"])).toBeGreaterThan(0);
    await api.get("/roles").expect(200);
  } finally {
    config.API_CALLS_PER_MINUTE = usual;
  }
});
