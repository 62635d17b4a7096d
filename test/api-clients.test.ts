import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { and, eq } from "drizzle-orm";
import * as oauth from "oauth4webapi";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createApp } from "../src/app.ts";
import { db } from "../src/db/client.ts";
import { apiClients, apiTokens, events } from "../src/db/schema.ts";
import { admin, type Browser, browserOf } from "./support/browser.ts";
import { bare, programOf } from "./support/programs.ts";
import { changesOf, create } from "./support/world.ts";

/** A client is made on the page, and a public library gets its tokens from a real server. */
let server: Server;
let home: Awaited<ReturnType<typeof admin>>;

beforeAll(async () => {
  server = createServer(createApp()).listen(0, "127.0.0.1");
  home = await admin("admin");
});
afterAll(() => void server.close());

const insecure = { [oauth.allowInsecureRequests]: true } as const;
const as = (): oauth.AuthorizationServer => {
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { issuer: base, token_endpoint: `${base}/oauth/token`, revocation_endpoint: `${base}/oauth/revoke` };
};

interface Made {
  id: string;
  clientId: string;
  secret: string;
}

const shown = (html: string, kind: string) => html.match(new RegExp(`muster_${kind}_\\w{22,}`))?.[0] ?? "";

async function makeClient(browser: Browser, scopes = ["users.view", "domains.view"]): Promise<Made> {
  const page = await browser.post("/admin/api-clients", { name: "Payroll", scopes }).expect(200);
  const clientId = shown(page.text, "ci");
  const [row] = await db.select().from(apiClients).where(eq(apiClients.clientId, clientId));
  return { id: row!.id, clientId, secret: shown(page.text, "cs") };
}

async function makeToken(browser: Browser, { id }: Made, scopes = ["users.view"]) {
  const page = await browser
    .post(`/admin/api-clients/${id}/tokens`, { label: "Laptop", days: "30", scopes })
    .expect(200);
  return shown(page.text, "rt");
}

const asked = async ({ clientId, secret }: Made, parameters: Record<string, string> = {}, basic = true) => {
  const client = { client_id: clientId };
  const auth = basic ? oauth.ClientSecretBasic(secret) : oauth.ClientSecretPost(secret);
  const answer = await oauth.clientCredentialsGrantRequest(as(), client, auth, parameters, insecure);
  return oauth.processClientCredentialsResponse(as(), client, answer);
};

const refreshed = async ({ clientId, secret }: Made, token: string, scope?: string) => {
  const client = { client_id: clientId };
  const options = { ...insecure, additionalParameters: scope ? { scope } : undefined };
  const answer = await oauth.refreshTokenGrantRequest(as(), client, oauth.ClientSecretBasic(secret), token, options);
  return oauth.processRefreshTokenResponse(as(), client, answer);
};

const refusal = (work: Promise<unknown>) =>
  work.then(
    () => "none",
    // The library reads the challenge of a 401, and not its body.
    (error: oauth.ResponseBodyError) => `${error.status} ${error.error ?? "challenged"}`,
  );
const calls = (token: string, path = "/members") => bare("get", path).set("Authorization", `Bearer ${token}`);

describe("M2 clients and their secrets", () => {
  test("M2 a client is made with scopes that its maker holds; the secret is shown once and kept as a hash", async () => {
    const made = await makeClient(home.browser);
    expect(made.secret).toMatch(/^muster_cs_\w{49}$/);
    const pages = [
      await home.browser.get("/admin/api-clients"),
      await home.browser.get(`/admin/api-clients/${made.id}`),
    ];
    for (const page of pages) {
      expect(page.status).toBe(200);
      expect(page.text).not.toContain(made.secret);
      expect(page.text).toContain(`••••${made.secret.slice(-4)}`);
    }
    const [row] = await db.select().from(apiClients).where(eq(apiClients.id, made.id));
    expect(JSON.stringify(row)).not.toContain(made.secret);
    const [event] = await db.select().from(events).where(eq(events.subjectId, made.id));
    expect(JSON.stringify([event!.after, event!.subjectLabel])).not.toContain(made.secret);
    expect(event).toMatchObject({ name: "client.created", after: { permissions: ["domains.view", "users.view"] } });
  });

  test("T51 what the maker does not hold is no scope: not offered, and refused", async () => {
    const { browser } = await admin("api_clients.manage", "api_clients.view", "users.view");
    const page = await browser.get("/admin/api-clients/new").expect(200);
    expect(page.text).toContain('value="users.view"');
    expect(page.text).not.toContain('value="users.delete"');
    await browser.post("/admin/api-clients", { name: "Greedy", scopes: ["users.delete"] }).expect(403);
    const empty = await browser.post("/admin/api-clients", { name: "", scopes: [] }).expect(422);
    expect(empty.text).toContain("Give the client a name.");
    expect(await db.$count(apiClients, eq(apiClients.name, "Greedy"))).toBe(0);
  });

  test("M2 a new secret leaves the old one a day, or ends it at once", async () => {
    const made = await makeClient(home.browser);
    const rotate = async (old: string, version: string) => {
      const page = await home.browser.post(`/admin/api-clients/${made.id}/secret`, { old, version }).expect(200);
      return { ...made, secret: shown(page.text, "cs") };
    };
    const second = await rotate("day", "1");
    await asked(made);
    await asked(second);
    await home.browser.post(`/admin/api-clients/${made.id}/secret`, { old: "day", version: "1" }).expect(409);
    const third = await rotate("now", "2");
    expect(await refusal(asked(made))).toBe("401 challenged");
    expect(await refusal(asked(second))).toBe("401 challenged");
    await asked(third);
    const fourth = await rotate("day", "3");
    await home.browser.post(`/admin/api-clients/${made.id}/old-secret`).expect(303);
    expect(await refusal(asked(third))).toBe("401 challenged");
    await asked(fourth);
  });

  test("M3 a Viewer sees the list masked and changes nothing; nobody without the right sees it; a neighbour's is not there", async () => {
    const made = await makeClient(home.browser);
    await makeToken(home.browser, made);
    const viewer = await browserOf((await create.colleague(home.account, ["viewer"])).user, home.account);
    const page = await viewer.get(`/admin/api-clients/${made.id}`).expect(200);
    expect(page.text).toContain("muster_rt_••••");
    expect(page.text).not.toMatch(/muster_(rt|cs|at)_\w{20}/);
    expect(page.text).not.toMatch(/revocation|tokens\/new|<form method="post" action="\/admin\/api-clients/);
    for (const path of ["settings", "secret", "revocation", "tokens"])
      await viewer.post(`/admin/api-clients/${made.id}/${path}`).expect(403);
    const nobody = await browserOf((await create.colleague(home.account)).user, home.account);
    await nobody.get("/admin/api-clients").expect(403);
    const stranger = await admin("owner");
    await stranger.browser.get(`/admin/api-clients/${made.id}`).expect(404);
    await stranger.browser.post(`/admin/api-clients/${made.id}/revocation`).expect(404);
  });

  test("T51 another administrator may revoke a client, and never gets a secret of it", async () => {
    const made = await makeClient(home.browser);
    const { access_token } = await asked(made);
    await calls(access_token).expect(200);
    const other = await browserOf((await create.colleague(home.account, ["admin"])).user, home.account);
    await other.post(`/admin/api-clients/${made.id}/secret`, { old: "day", version: "1" }).expect(409);
    await other
      .post(`/admin/api-clients/${made.id}/tokens`, { label: "x", days: "7", scopes: ["users.view"] })
      .expect(409);
    await other
      .post(`/admin/api-clients/${made.id}/settings`, { name: "x", version: "1", scopes: ["users.view"] })
      .expect(409);
    await other.post(`/admin/api-clients/${made.id}/revocation`).expect(303);
    await calls(access_token).expect(401);
    expect(await refusal(asked(made))).toBe("401 challenged");
    await home.browser.post(`/admin/api-clients/${made.id}/revocation`).expect(409);
  });

  test("a scope that is taken away is gone for tokens at once", async () => {
    const made = await makeClient(home.browser);
    const { access_token } = await asked(made);
    const fields = { name: "Payroll 2", scopes: ["domains.view"], version: "1" };
    await home.browser.post(`/admin/api-clients/${made.id}/settings`, fields).expect(303);
    await calls(access_token).expect(403);
    await calls(access_token, "/domains").expect(200);
    await home.browser.post(`/admin/api-clients/${made.id}/settings`, fields).expect(409);
  });
});

describe("M2 tokens, by oauth4webapi", () => {
  test("client_credentials by Basic and in the body, narrowed by scope, never kept readable or cached", async () => {
    const made = await makeClient(home.browser);
    const all = await asked(made);
    expect(all).toMatchObject({ token_type: "bearer", expires_in: 3600, scope: "domains.view users.view" });
    await calls(all.access_token).expect(200);
    const narrow = await asked(made, { scope: "domains.view" }, false);
    await calls(narrow.access_token).expect(403);
    expect(await refusal(asked(made, { scope: "users.delete" }))).toBe("400 invalid_scope");
    expect(await refusal(asked({ ...made, secret: `${made.secret.slice(0, -1)}x` }))).toBe("401 challenged");
    const other = await makeClient(home.browser);
    expect(await refusal(asked({ ...made, secret: other.secret }))).toBe("401 challenged");
    expect(JSON.stringify(await db.select().from(apiTokens))).not.toContain(all.access_token);

    const { base } = { base: as().token_endpoint! };
    const post = (body: string, headers: Record<string, string> = {}) =>
      fetch(base, {
        method: "POST",
        body,
        headers: { "Content-Type": "application/x-www-form-urlencoded", ...headers },
      });
    const good = `client_id=${made.clientId}&client_secret=${made.secret}`;
    const plain = await post(`grant_type=client_credentials&${good}`);
    expect(plain.headers.get("cache-control")).toBe("no-store");
    const wrong: [string, number, string][] = [
      [good, 400, "invalid_request"],
      [`grant_type=password&${good}`, 400, "unsupported_grant_type"],
      [`grant_type=client_credentials&grant_type=client_credentials&${good}`, 400, "invalid_request"],
      [`grant_type=refresh_token&${good}`, 400, "invalid_request"],
      ["grant_type=client_credentials", 401, "invalid_client"],
    ];
    for (const [body, status, error] of wrong) {
      const answer = await post(body);
      expect([body, answer.status, ((await answer.json()) as { error: string }).error]).toEqual([body, status, error]);
      expect(answer.headers.get("cache-control")).toBe("no-store");
    }
    const both = await post(`grant_type=client_credentials&${good}`, { Authorization: "Basic eDp5" });
    expect(both.status).toBe(400);
    const basic = await post("grant_type=client_credentials", { Authorization: "Basic eDp5" });
    expect([basic.status, basic.headers.get("www-authenticate")?.split(" ")[0]]).toEqual([401, "Basic"]);
  });

  test("a refresh token rotates; an old one works for a moment after a lost answer, any later its whole line ends", async () => {
    const made = await makeClient(home.browser);
    const first = await makeToken(home.browser, made);
    const second = await refreshed(made, first);
    await calls(second.access_token).expect(200);
    expect(second.scope).toBe("users.view");

    // The answer was lost: the same token again gives a successor in its successor's place.
    const again = await refreshed(made, first);
    expect(await refusal(refreshed(made, second.refresh_token!))).toBe("400 invalid_grant");
    const third = await refreshed(made, again.refresh_token!);
    // Now its successor was used: whoever comes with the first one has a copy.
    expect(await refusal(refreshed(made, first))).toBe("400 invalid_grant");
    await calls(third.access_token).expect(401);
    expect(await refusal(refreshed(made, third.refresh_token!))).toBe("400 invalid_grant");
    expect((await changesOf(home.account.id)).at(-1)).toBe("token.reused");

    const late = await makeToken(home.browser, made);
    const next = await refreshed(made, late);
    await db
      .update(apiTokens)
      .set({ replacedAt: new Date(Date.now() - 31_000) })
      .where(and(eq(apiTokens.clientId, made.id), eq(apiTokens.hint, late.slice(-4))));
    expect(await refusal(refreshed(made, late))).toBe("400 invalid_grant");
    expect(await refusal(refreshed(made, next.refresh_token!))).toBe("400 invalid_grant");
    await calls(next.access_token).expect(401);
  });

  test("of ten at once with one refresh token no two lines live on", async () => {
    const made = await makeClient(home.browser);
    const token = await makeToken(home.browser, made);
    await Promise.allSettled(Array.from({ length: 10 }, () => refreshed(made, token)));
    const rows = await db.select().from(apiTokens).where(eq(apiTokens.clientId, made.id));
    expect(rows.filter(({ kind, endedAt, replacedAt }) => kind === "refresh" && !endedAt && !replacedAt)).toHaveLength(
      1,
    );
  });

  test("a refresh token is of its client, for its time and its scopes", async () => {
    const [made, other] = [await makeClient(home.browser), await makeClient(home.browser)];
    const token = await makeToken(home.browser, made);
    expect(await refusal(refreshed(other, token))).toBe("400 invalid_grant");
    expect(await refusal(refreshed(made, token, "domains.view"))).toBe("400 invalid_scope");
    await refreshed(made, token, "users.view");
    await home.browser
      .post(`/admin/api-clients/${made.id}/tokens`, { label: "x", days: "7", scopes: ["audit.view"] })
      .expect(422);
    const old = await makeToken(home.browser, made);
    await db
      .update(apiTokens)
      .set({ expiresAt: new Date() })
      .where(eq(apiTokens.hint, old.slice(-4)));
    expect(await refusal(refreshed(made, old))).toBe("400 invalid_grant");
  });

  test("RFC 7009 a program gives its token back, a stranger's stays", async () => {
    const [made, other] = [await makeClient(home.browser), await makeClient(home.browser)];
    const token = await makeToken(home.browser, made);
    const { access_token, refresh_token } = await refreshed(made, token);
    const revoke = async ({ clientId, secret }: Made, which: string) => {
      const client = { client_id: clientId };
      const answer = await oauth.revocationRequest(as(), client, oauth.ClientSecretBasic(secret), which, insecure);
      await oauth.processRevocationResponse(answer);
    };
    await revoke(other, refresh_token!);
    await calls(access_token).expect(200);
    await revoke(made, refresh_token!);
    await calls(access_token).expect(401);
    await revoke(made, "nothing");
  });

  test("M2 a token is revoked on the page, with what came of it", async () => {
    const made = await makeClient(home.browser);
    const token = await makeToken(home.browser, made);
    const { access_token } = await refreshed(made, token);
    const page = await home.browser.get(`/admin/api-clients/${made.id}`).expect(200);
    const path = page.text.match(/\/admin\/api-clients\/tokens\/[\w-]+\/revocation/)![0];
    await home.browser.get(path).expect(200);
    await home.browser.post(path).expect(303);
    await calls(access_token).expect(401);
    await home.browser.post(path).expect(409);
  });

  test("RFC 8414 a library finds everything by the metadata", async () => {
    const base = as().issuer;
    const answer = await fetch(`${base}/.well-known/oauth-authorization-server`);
    expect(await answer.json()).toMatchObject({ grant_types_supported: ["client_credentials", "refresh_token"] });
  });
});

test("D13 whoever is blocked, removed or leaves loses tokens at once, and they do not come back", async () => {
  for (const [way, back] of [
    ["block", "unblock"],
    ["removal", "restore"],
  ] as const) {
    const { user, member } = await create.colleague(home.account, ["admin"]);
    const theirs = await programOf(home.account, user);
    await theirs.get("/domains").expect(200);
    await home.browser.post(`/admin/users/${member.id}/${way}`).expect(303);
    await theirs.get("/domains").expect(401);
    await home.browser.post(`/admin/users/${member.id}/${back}`).expect(303);
    await theirs.get("/domains").expect(401);
    const made = { id: theirs.client.id, clientId: theirs.client.clientId, secret: theirs.secret };
    expect(await refusal(asked(made))).toBe(way === "block" ? "none" : "401 challenged");
  }
});
