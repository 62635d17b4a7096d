import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isPermission, permissionKeys, systemRoles } from "../src/access/permissions.ts";
import { endpoints } from "../src/api/all.ts";
import { type Endpoint, endpoint } from "../src/api/endpoint.ts";
import { flushCalls } from "../src/api-calls/note.ts";
import { createApp } from "../src/app.ts";
import { closeDatabase, db } from "../src/db/client.ts";
import { ask, idsFor, nameOf, pageOf } from "./support/endpoints.ts";
import { bare, type Program, programOf } from "./support/programs.ts";
import { fill, type Home, meaningOf } from "./support/samples.ts";
import { household, rowsOf } from "./support/sweep.ts";
import { create } from "./support/world.ts";

/** Swept over every endpoint of the list: a new one is covered the day it is listed. */
let home: Home;
let neighbour: Home;
let owner: Program;

beforeAll(async () => {
  [home, neighbour] = [await household("Northwind"), await household("Southwind")];
  owner = await programOf(home.account, home.user);
});

const parametersOf = ({ path }: Endpoint) => [...path.matchAll(/:(\w+)/g)].map(([, name]) => name!);
const viewer = new Set<string>(systemRoles.viewer.permissions);

test("T60 every endpoint names a right of the catalogue; one that does not keeps the API from loading", () => {
  expect(endpoints.filter(({ permission }) => !isPermission(permission))).toEqual([]);
  const careless = { method: "GET", path: "/x", tag: "x", summary: "x", handle: async () => ({}) } as const;
  expect(() => endpoint({ ...careless, permission: "anything.goes" as never })).toThrow(/no right of the catalogue/);
  const names = endpoints.map(nameOf);
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
});

test("T58 without a token 401, without the scope 403, without rights 403, and nothing happens", async () => {
  const { user } = await create.colleague(home.account);
  const powerless = await programOf(home.account, user);
  const before = await rowsOf(home.account.id);
  for (const line of endpoints) {
    const ids = Object.fromEntries(parametersOf(line).map((name) => [name, crypto.randomUUID()]));
    const path = fill(line.path, ids);
    const none = await bare(line.method.toLowerCase() as "get", path);
    expect([nameOf(line), none.status]).toEqual([nameOf(line), 401]);
    expect([nameOf(line), (await ask(powerless, line, ids)).status]).toEqual([nameOf(line), 403]);
    const opens = [line.permission, ...line.others];
    const others = permissionKeys.filter((key) => !opens.includes(key));
    const scoped = await programOf(home.account, home.user, others);
    const refused = await ask(scoped, line, ids);
    expect([nameOf(line), refused.status]).toEqual([nameOf(line), 403]);
    expect(refused.headers["www-authenticate"]).toContain("insufficient_scope");
    await db.execute(sql`delete from api_tokens where client_id = ${scoped.client.id}`);
    await db.execute(sql`delete from api_clients where id = ${scoped.client.id}`);
  }
  await flushCalls();
  await db.execute(sql`update api_clients set last_used_at = null`);
  await db.execute(sql`delete from api_calls`);
  expect(await rowsOf(home.account.id)).toBe(before);
});

test("B2 a Viewer's program reads what a Viewer reads, and changes nothing", async () => {
  const { user } = await create.colleague(home.account, ["viewer"]);
  const program = await programOf(home.account, user);
  for (const line of endpoints) {
    const answer = await ask(program, line, await idsFor(line, home));
    const opens = [line.permission, ...line.others].some((permission) => viewer.has(permission));
    if (!opens) expect([nameOf(line), answer.status]).toEqual([nameOf(line), 403]);
    // No mail server stands behind the mailbox here: what is in one is asked for in `messages`.
    else if (line.tag === "Messages") expect([nameOf(line), answer.status]).toEqual([nameOf(line), 409]);
    else if (line.method === "GET") expect([nameOf(line), answer.status]).toEqual([nameOf(line), 200]);
  }
});

describe("T49 a neighbour's things are not there", () => {
  for (const line of endpoints.filter((each) => parametersOf(each).length > 0)) {
    test(`T49 ${nameOf(line)}`, async () => {
      const [own, theirs] = [await idsFor(line, home), await idsFor(line, neighbour)];
      const before = await rowsOf(neighbour.account.id);
      for (const name of parametersOf(line)) {
        // A name or number within the thing is nobody's.
        const within = meaningOf(pageOf(line), name).scope === "secret";
        for (const stranger of [
          ...(within ? [] : [theirs[name]!]),
          crypto.randomUUID(),
          "x",
          "0",
          "'; drop table members; --",
          "__proto__",
        ]) {
          const answer = await ask(owner, line, { ...own, [name]: stranger });
          // A body or query that is missing is looked at before the thing itself: both say nothing of it.
          expect([stranger, answer.status], nameOf(line)).toEqual([stranger, answer.status === 422 ? 422 : 404]);
          if (!line.body && Object.keys(line.query.shape).every((key) => key === "limit" || key === "cursor"))
            expect(answer.status, nameOf(line)).toBe(404);
        }
      }
      expect(await rowsOf(neighbour.account.id)).toBe(before);
      const answer = await ask(owner, line, own);
      expect([200, 201, 202, 204, 403, 409, 412, 422], `own: ${answer.status} ${answer.text}`).toContain(answer.status);
    });
  }
});

test("T17 T57 T67 hostile bodies and queries are refused, each as a problem, and reach nothing", async () => {
  const bodies = ["null", "[]", '"x"', "1", "{", `{"__proto__":{"x":1}}`, `{"constructor":{"prototype":{"x":1}}}`];
  const before = await rowsOf(neighbour.account.id);
  const extras = { accountId: neighbour.account.id, account_id: neighbour.account.id, id: neighbour.member.id };
  for (const line of endpoints) {
    const path = fill(line.path, await idsFor(line, home));
    const method = line.method.toLowerCase() as "get";
    const tags = { "If-Match": '"1"' };
    if (line.body) {
      for (const body of bodies) {
        const answer = await owner.ask(method, path, undefined, tags).type("json").send(body);
        expect([400, 422], `${nameOf(line)} ${body}`).toContain(answer.status);
      }
      const deep = `${'{"a":'.repeat(5000)}1${"}".repeat(5000)}`;
      expect((await owner.ask(method, path, undefined, tags).type("json").send(deep)).status).toBe(422);
      const smuggled = await owner.ask(method, path, extras, tags);
      expect([nameOf(line), smuggled.status]).toEqual([nameOf(line), 422]);
      const pointers = smuggled.body.errors.map(({ pointer }: { pointer: string }) => pointer);
      expect(pointers).toEqual(expect.arrayContaining(["#/accountId", "#/account_id", "#/id"]));
    }
    const query = await owner.ask(method, `${path}?a[]=1&a[x]=2&__proto__[x]=1&limit=1&limit=2`, line.body && {}, tags);
    expect([nameOf(line), query.status]).toEqual([nameOf(line), 422]);
  }
  expect(({} as { x?: unknown }).x).toBeUndefined();
  expect(await rowsOf(neighbour.account.id)).toBe(before);
});

test("T61 T62 odd words and made-up places in a query are refused or find nothing, and are no fault of ours", async () => {
  const odd = ["%", "\\", "'", "\ufffd", "\u202e", "😀".repeat(50), "null", "{}"];
  const places = ["99999999999999", `${"9".repeat(16)}.${neighbour.member.id}`, neighbour.member.id, "\u0000"];
  places.push(`${"9".repeat(15)}.${"9".repeat(17)}_${home.member.id}`);
  const faults: string[] = [];
  let turn = 0;
  for (const line of endpoints.filter(({ method }) => method === "GET")) {
    const path = fill(line.path, await idsFor(line, home));
    for (const name of Object.keys(line.query.shape))
      for (const value of name === "cursor" ? places : ["a\u0000b", odd[turn++ % odd.length]!]) {
        const answer = await owner.get(`${path}?${new URLSearchParams({ [name]: value })}`);
        if (answer.status >= 500) faults.push(`${nameOf(line)} ${name}=${JSON.stringify(value)}`);
      }
  }
  expect(faults).toEqual([]);
});

test("T74 an error says nothing of the inside", async () => {
  const lines = endpoints.filter(({ method }) => method === "GET");
  const asked = [];
  for (const line of lines) asked.push({ line, ids: await idsFor(line, home) });
  const leaks = /relation|does not exist|postgres|drizzle|select |\.ts:\d|node_modules|express|stack|42P01/i;
  for (const table of ["members", "roles", "domains", "events", "api_tokens"]) {
    await db.execute(sql`alter table ${sql.identifier(table)} rename to gone`);
    await closeDatabase();
    try {
      let failed = 0;
      for (const { line, ids } of asked) {
        const answer = await ask(owner, line, ids);
        if (answer.status < 500) continue;
        failed++;
        expect(answer.headers["content-type"]).toMatch(/^application\/problem\+json/);
        expect(answer.text.match(leaks)?.[0], `${nameOf(line)}: ${answer.text}`).toBeUndefined();
        expect(answer.body.instance).toMatch(/^urn:uuid:/);
      }
      expect(failed, table).toBeGreaterThan(0);
    } finally {
      await db.execute(sql`alter table gone rename to ${sql.identifier(table)}`);
    }
  }
});

describe("the specification", () => {
  let server: Server;
  let folder: string;
  beforeAll(async () => {
    server = createServer(createApp()).listen(0, "127.0.0.1");
    folder = await mkdtemp(join(tmpdir(), "muster-api-"));
  });
  afterAll(async () => {
    server.close();
    await rm(folder, { recursive: true });
  });

  test("is valid OpenAPI 3.1, names every endpoint with its right, and needs no token", async () => {
    const { Validator } = await import("@seriousme/openapi-schema-validator");
    const { body } = await bare("get", "/openapi.json").expect(200);
    const result = await new Validator().validate(body);
    expect(result).toMatchObject({ valid: true });
    for (const line of endpoints) {
      const operation = body.paths[line.path.replace(/:(\w+)/g, "{$1}")][line.method.toLowerCase()];
      expect(operation.security, nameOf(line)).toContainEqual({ oauth2: [line.permission] });
      expect(operation.responses["401"], nameOf(line)).toBeDefined();
    }
    expect(JSON.stringify(body)).not.toContain("undefined");
    const page = await bare("get", "/").expect(200);
    for (const { summary } of endpoints) expect(page.text).toContain(summary);
  });

  test("a client that is generated from it works against a real server", async () => {
    const { generateApi } = await import("swagger-typescript-api");
    const { body } = await bare("get", "/openapi.json");
    await generateApi({ spec: body, output: folder, fileName: "client.ts", silent: true, extractEnums: false });
    const { stripTypeScriptTypes } = process.getBuiltinModule("node:module");
    const code = stripTypeScriptTypes(await readFile(join(folder, "client.ts"), "utf8"), { mode: "transform" });
    const { Api } = await import(`data:text/javascript;base64,${Buffer.from(code).toString("base64")}`);
    const api = new Api({
      baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1`,
      baseApiParams: { headers: { Authorization: `Bearer ${owner.token}` } },
    });
    const { data: list } = await api.members.getMembers({ limit: 2, sort: "name" });
    expect(list.data).toHaveLength(2);
    const { data: role } = await api.roles.postRoles({
      name: "Made by a client",
      permissions: ["users.view"],
      level: "account",
    });
    const changed = await api.roles.putRolesByRoleId(
      role.id,
      { name: "Changed by a client", permissions: ["users.view"] },
      { headers: { "If-Match": `"${role.version}"` } },
    );
    expect(changed.data).toMatchObject({ id: role.id, name: "Changed by a client", version: 2 });
    const refused = await api.domains.postDomains({ name: "co.uk" }).catch((error: unknown) => error);
    expect(refused).toMatchObject({ status: 422, error: { errors: [{ pointer: "#/name" }] } });
  });
});
