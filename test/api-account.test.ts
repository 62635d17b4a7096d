import "./support/outbox.ts";
import { eq, sql } from "drizzle-orm";
import type { Response } from "supertest";
import { beforeAll, describe, expect, test } from "vitest";
import { unseal } from "../src/access/vault.ts";
import { endpoints } from "../src/api/all.ts";
import { flushCalls } from "../src/api-calls/note.ts";
import { db } from "../src/db/client.ts";
import { accounts, apiClients, apiTokens, connectors, plans, webhookDeliveries, webhooks } from "../src/db/schema.ts";
import { type PlanChange, usePayment } from "../src/plans/payment.ts";
import { browserOf } from "./support/browser.ts";
import { runJobs } from "./support/outbox.ts";
import { type Program, program, programOf } from "./support/programs.ts";
import { samplesFor } from "./support/samples.ts";
import { type Account, changesOf, create, eventsOf, type User } from "./support/world.ts";

let account: Account;
let user: User;
let api: Program;
let viewer: Program;
let viewerUser: User;
let neighbour: Program;

beforeAll(async () => {
  ({ account, user, program: api } = await program("owner"));
  viewerUser = (await create.colleague(account, ["viewer"])).user;
  viewer = await programOf(account, viewerUser);
  neighbour = (await program("owner")).program;
});

/** Every row of a list, one to a page: each page says where the next begins, in its body and in its Link. */
async function walked(who: Program, path: string): Promise<{ id?: string }[]> {
  const rows: { id?: string }[] = [];
  const first = `${path}${path.includes("?") ? "&" : "?"}limit=1`;
  for (let at: string | undefined = first; at; ) {
    const answer: Response = await who.get(at).expect(200);
    const { body, headers } = answer;
    expect(body.data.length).toBeLessThanOrEqual(1);
    rows.push(...body.data);
    const next: string | undefined = /<[^>]*\/api\/v1(\/[^>]+)>; rel="next"/.exec(headers.link ?? "")?.[1];
    expect(next && new URL(next, "http://x").searchParams.get("cursor")).toBe(body.next ?? undefined);
    at = next;
  }
  return rows;
}

describe("the dashboard", () => {
  test("M1 tells the page’s figures: of this account, of what the maker may see, and no drafts to who sends none", async () => {
    const home = await create.account();
    const owner = await programOf(home, (await create.colleague(home, ["owner"])).user);
    for (const status of ["draft", "invited", "blocked"] as const) await create.member(home, null, { status });
    await create.mailbox(home);
    await create.domain(home, { name: "figures.example" });
    const all = (await owner.get("/dashboard").expect(200)).body;
    expect(all).toMatchObject({
      ...{ counting: false, countedAt: null, imports: [], reports: [] },
      users: { byStatus: { active: 1, draft: 1, invited: 1, blocked: 1 }, undelivered: 0 },
      mailboxes: { native: { count: 1, bytes: 0 }, imap: { count: 0 } },
      domains: { unproven: 1, proven: 0, troubled: [{ name: "figures.example", status: "unverified" }] },
      webhooks: { count: 0, failed: 0 },
      plan: { used: 1 },
    });
    const seen = (await programOf(home, (await create.colleague(home, ["viewer"])).user)).get("/dashboard");
    const { users, imports, reports } = (await seen.expect(200)).body;
    expect(users.byStatus).toMatchObject({ active: 2, invited: 1 });
    expect(users.byStatus).not.toHaveProperty("draft");
    expect([imports, reports]).toEqual([null, null]);

    const narrow = await programOf(home, (await create.colleague(home, ["dashboard.view"])).user);
    const blind = (await narrow.get("/dashboard").expect(200)).body;
    for (const part of ["users", "mailboxes", "domains", "webhooks", "plan"]) expect(blind[part]).toBeNull();
    // The token bounds it as the right does.
    const scoped = await programOf(home, (await create.colleague(home, ["owner"])).user, [
      "dashboard.view",
      "users.view",
    ]);
    const bounded = (await scoped.get("/dashboard?days=365").expect(200)).body;
    expect(bounded.users.days.at(-1).byStatus).toEqual(bounded.users.byStatus);
    expect(bounded.mailboxes).toBeNull();
    await owner.get("/dashboard?days=7").expect(422);
  });
});

describe("the subscription", () => {
  test("M28 is read, and changed by who names both plans as they are; usage, a no, and old numbers refuse it", async () => {
    const [small, large] = await db
      .insert(plans)
      .values([
        { name: "Small by API", mailboxes: 1, price: "€ 1" },
        { name: "Large by API", mailboxes: 9, price: "€ 9" },
      ])
      .returning();
    await db.update(accounts).set({ planId: large!.id }).where(eq(accounts.id, account.id));
    const [one] = [await create.mailbox(account), await create.mailbox(account)];
    const seen = (await viewer.get("/subscription").expect(200)).body;
    expect(seen).toMatchObject({ plan: { id: large!.id, price: "€ 9", offered: true }, used: 2 });
    expect(seen.plans.find(({ plan }: { plan: { id: string } }) => plan.id === small!.id)).toMatchObject({ over: 1 });

    const change = { planId: small!.id, version: small!.version, from: large!.id };
    await viewer.put("/subscription", change).expect(403);
    const full = await api.put("/subscription", change).expect(409);
    expect(full.body.detail).toContain("Archive 1 mailbox first");
    await db.execute(sql`update mailboxes set archived_at = now() where id = ${one.id}`);
    await api.put("/subscription", { ...change, version: 7 }).expect(409);
    await api.put("/subscription", { ...change, from: small!.id }).expect(409);
    await api.put("/subscription", { ...change, planId: crypto.randomUUID() }).expect(404);

    const asked: PlanChange[] = [];
    let agreed = false;
    usePayment({
      ask: async (what) => {
        asked.push(what);
        return agreed ? { agreed } : { agreed, because: "The card was refused." };
      },
      tell: async () => {},
    });
    try {
      expect((await api.put("/subscription", change).expect(409)).body.detail).toBe("The card was refused.");
      agreed = true;
      expect((await api.put("/subscription", change).expect(200)).body).toMatchObject({
        plan: { id: small!.id },
        used: 1,
      });
    } finally {
      usePayment({ ask: async () => ({ agreed: true }), tell: async () => {} });
    }
    expect(asked.at(-1)).toMatchObject({ account: { id: account.id }, by: { id: user.id } });
    expect((await eventsOf(account.id)).filter((name) => name === "subscription.changed")).toHaveLength(1);
    await db.update(accounts).set({ planId: null }).where(eq(accounts.id, account.id));
    const other = (await neighbour.get("/subscription").expect(200)).body;
    expect(other).toMatchObject({ used: 0 });
    expect(other.plan.id).not.toBe(small!.id);
  });
});

describe("connectors", () => {
  const secret = "a secret of the provider’s";
  const google = { kind: "google", name: "Work accounts", clientId: "123.apps.example", secret };

  test("M16 M17 M18 M19 are added, read, changed and deleted by the rules of the pages; the secret is never told", async () => {
    const made = await api.post("/connectors", google).expect(201);
    expect(made.body).toMatchObject({
      ...{ kind: "google", name: "Work accounts", imapHost: "imap.gmail.com", imapPort: 993, mailboxes: 0 },
      scopes: ["https://mail.google.com/"],
      redirectUrl: expect.stringContaining("/admin/connectors/callback"),
    });
    const path = `/connectors/${made.body.id}`;
    const row = async () => (await db.select().from(connectors).where(eq(connectors.id, made.body.id)))[0]!;
    expect(unseal((await row()).clientSecret)).toBe(secret);
    const taken = await api.post("/connectors", { ...google, name: "work accounts" }).expect(422);
    expect(taken.body.errors[0].pointer).toBe("#/name");
    const bare = await api.post("/connectors", { ...google, name: "No secret", secret: "" }).expect(422);
    expect(bare.body.errors[0].pointer).toBe("#/secret");

    const { kind: _, secret: __, ...fields } = google;
    await api.put(path, fields).expect(428);
    const etag = { "If-Match": made.headers.etag! };
    const renamed = await api.put(path, { ...fields, name: "Google", scopes: ["a:b"] }, etag).expect(200);
    expect(renamed.body).toMatchObject({ name: "Google", scopes: ["a:b"], version: 2 });
    expect(unseal((await row()).clientSecret)).toBe(secret);
    await api.put(path, fields, etag).expect(412);
    await api.delete(path, etag).expect(412);
    const odd = await api.put(path, { ...fields, scopes: ['"'] }, etag).expect(422);
    expect(odd.body.errors[0].pointer).toBe("#/scopes/0");

    for (const who of [api, viewer]) {
      const told = [await who.get(path).expect(200), await who.get("/connectors?q=goog").expect(200)];
      for (const { text } of [...told, made, renamed]) expect(text).not.toContain(secret);
      expect(told[1]!.body.data.map(({ id }: { id: string }) => id)).toEqual([made.body.id]);
    }
    await api.post("/connectors", { ...google, kind: "microsoft", name: "Entra", tenant: "acme.example" }).expect(201);
    expect(await walked(viewer, "/connectors")).toMatchObject([
      { name: "Entra", tenant: "acme.example" },
      { name: "Google" },
    ]);
    for (const change of [
      viewer.post("/connectors", { ...google, name: "Third" }),
      viewer.put(path, fields, { "If-Match": '"2"' }),
      viewer.delete(path, { "If-Match": '"2"' }),
    ])
      await change.expect(403);
    await neighbour.get(path).expect(404);
    await neighbour.put(path, fields, { "If-Match": '"2"' }).expect(404);
    await neighbour.delete(path, { "If-Match": '"2"' }).expect(404);
    await api.delete(path, { "If-Match": renamed.headers.etag! }).expect(204);
    await api.get(path).expect(404);
    expect(unseal((await row()).clientSecret)).toBe("");
    expect(await changesOf(account.id)).toEqual(
      expect.arrayContaining(["connector.added", "connector.changed", "connector.removed"]),
    );
  });

  test("M17 T73 of another provider each address is judged; M18 a secret goes to no address that it was not given for", async () => {
    const own = { ...google, kind: "generic", name: "Own", imapHost: "imap.example.com" };
    const lacking = await api.post("/connectors", own).expect(422);
    expect(lacking.body.errors[0].pointer).toBe("#/authorizeUrl");
    const urls = { authorizeUrl: "https://login.example.com/authorize", tokenUrl: "https://10.0.0.1/token" };
    const inside = await api.post("/connectors", { ...own, ...urls }).expect(422);
    expect(inside.body.errors[0].pointer).toBe("#/tokenUrl");
    const { imapHost: _, ...hostless } = own;
    expect((await api.post("/connectors", { ...hostless, ...urls }).expect(422)).body.errors[0].pointer).toBe(
      "#/imapHost",
    );

    const entra = await api.post("/connectors", {
      ...google,
      kind: "microsoft",
      name: "Tenant",
      tenant: "one.example",
    });
    const elsewhere = { name: "Tenant", clientId: google.clientId, tenant: "other.example" };
    const etag = { "If-Match": entra.headers.etag! };
    const refused = await api.put(`/connectors/${entra.body.id}`, elsewhere, etag).expect(422);
    expect(refused.body.errors[0].pointer).toBe("#/secret");
    await api.put(`/connectors/${entra.body.id}`, { ...elsewhere, secret: "new" }, etag).expect(200);
  });
});

describe("API clients", () => {
  test("M3 clients and refresh tokens are read by a Viewer, masked, and page by page", async () => {
    const { id } = await samplesFor("/admin/api-clients/:id", { account, user } as never);
    const { refreshId } = await samplesFor("/admin/api-clients/tokens/:refreshId", { account, user } as never);
    const [token] = await db.select().from(apiTokens).where(eq(apiTokens.id, refreshId!));
    const [client] = await db.select().from(apiClients).where(eq(apiClients.id, id!));
    const all = await walked(viewer, "/api-clients");
    const shown = (await viewer.get(`/api-clients/${id}`).expect(200)).body;
    expect(all.find((each) => each.id === id)).toEqual(shown);
    expect(new Set(all.map((each) => each.id)).size).toBe(all.length);
    expect(shown).toMatchObject({ clientId: client!.clientId, secret: `••••${client!.secretHint}`, works: true });
    const tokens = (await viewer.get(`/api-clients/${token!.clientId}/tokens`).expect(200)).body.data;
    expect(tokens).toMatchObject([{ id: refreshId, token: `muster_rt_••••${token!.hint}`, works: true }]);
    const said = JSON.stringify([all, shown, tokens]);
    for (const hidden of [client!.secretHash, token!.hash]) expect(said).not.toContain(hidden);
    await neighbour.get(`/api-clients/${id}`).expect(404);
    await neighbour.get(`/api-clients/${id}/tokens`).expect(404);
    expect((await neighbour.get("/api-clients").expect(200)).body.data.map((each: { id: string }) => each.id)).toEqual([
      neighbour.client.id,
    ]);
  });

  test("M2 a program makes no secret and no token, and lets no program do more: it only takes away", async () => {
    const doors = endpoints.filter(({ path }) => path.startsWith("/api-clients"));
    expect(doors.filter(({ method }) => method !== "GET" && method !== "DELETE")).toEqual([]);
    const { refreshId } = await samplesFor("/admin/api-clients/tokens/:refreshId", { account, user } as never);
    const [token] = await db.select().from(apiTokens).where(eq(apiTokens.id, refreshId!));
    const path = `/api-clients/${token!.clientId}`;
    await api.post("/api-clients", { name: "More", scopes: ["users.view"] }).expect(405);
    for (const method of ["put", "patch", "post"] as const) await api.ask(method, path, { scopes: [] }).expect(405);
    await api.post(`${path}/tokens`, { label: "x", scopes: ["users.view"], days: "7" }).expect(405);
    await api.post(`${path}/secret`, { old: "now", version: 1 }).expect(404);
    const clients = await db.$count(apiClients, eq(apiClients.accountId, account.id));

    for (const taken of [path, `/api-clients/tokens/${refreshId}`]) {
      await viewer.delete(taken).expect(403);
      await neighbour.delete(taken).expect(404);
    }
    await api.delete(`/api-clients/tokens/${refreshId}`).expect(204);
    await api.delete(`/api-clients/tokens/${refreshId}`).expect(409);
    await api.delete(path).expect(204);
    expect((await api.get(path).expect(200)).body).toMatchObject({ works: false, endedAt: expect.any(String) });
    expect(await db.$count(apiClients, eq(apiClients.accountId, account.id))).toBe(clients);
    expect(await eventsOf(account.id)).toEqual(expect.arrayContaining(["token.revoked", "client.revoked"]));

    const leaving = await programOf(account, user);
    await leaving.delete(`/api-clients/${leaving.client.id}`).expect(204);
    await leaving.get("/members").expect(401);
  });
});

describe("logs", () => {
  test("M15 calls, mailboxes, deliveries and mails are read page by page, narrowed, and of this account", async () => {
    const desk = await create.mailbox(account, { name: "Log desk" });
    await api.patch(`/mailboxes/${desk.id}`, { name: "Log room" }, { "If-Match": `"${desk.version}"` }).expect(200);
    await api.post(`/mailboxes/${desk.id}/archive`, undefined, { "If-Match": `"${desk.version + 1}"` }).expect(200);
    await api.post("/invitations", { email: "logged@elsewhere.test" }).expect(201);
    await runJobs();
    await flushCalls();

    const calls = await walked(viewer, `/logs/api-calls?method=PATCH&status=2xx&client=${api.client.id}`);
    expect(calls).toMatchObject([{ path: `/api/v1/mailboxes/${desk.id}`, client: { name: "Payroll" }, status: 200 }]);
    const both = await walked(viewer, `/logs/mailbox-activity?mailbox=${desk.id}&period=24h`);
    expect(both.map((event) => (event as { name?: string }).name)).toEqual(["mailbox.archived", "mailbox.renamed"]);
    expect(await walked(viewer, `/logs/mailbox-activity?mailbox=${desk.id}&what=mailbox.renamed`)).toMatchObject([
      { actor: { id: user.id, label: expect.stringContaining("(via Payroll)") }, after: { name: "Log room" } },
    ]);
    expect(await walked(viewer, "/logs/mails?kind=invitation&to_whom=logged@")).toMatchObject([
      { sentTo: "logged@elsewhere.test", status: "sent" },
    ]);
    const unseeing = await programOf(account, (await create.colleague(account, ["logs.view"])).user);
    for (const mail of await walked(unseeing, "/logs/mails")) expect(mail).toMatchObject({ sentTo: null, reply: null });

    for (const log of ["api-calls", "mailbox-activity", "webhook-deliveries", "mails"]) {
      const text = (await neighbour.get(`/logs/${log}`).expect(200)).text;
      for (const word of [account.id, desk.id, "logged@"]) expect(text).not.toContain(word);
      await api.get(`/logs/${log}?from=2026-02-31`).expect(422);
      expect((await api.get(`/logs/${log}?to=2001-01-01`).expect(200)).body).toEqual({ data: [], next: null });
    }
  });

  test("M15 T90 the address of a webhook is told in full to those who may change it, on the page as by API", async () => {
    const url = "https://receivers.test/hooks/7c1a-a-secret-path";
    const [hook] = await db.insert(webhooks).values({ accountId: account.id, url, secret: "x" }).returning();
    const of = { accountId: account.id, webhookId: hook!.id, eventId: 1, type: "role.created", payload: {} as never };
    await db.insert(webhookDeliveries).values([of, { ...of, eventId: 2 }]);
    const path = `/logs/webhook-deliveries?webhook=${hook!.id}&status=waiting`;
    expect(await walked(api, path)).toMatchObject([{ url }, { url }]);
    for (const row of await walked(viewer, path)) expect(row).toMatchObject({ url: "https://receivers.test/…path" });
    const browser = await browserOf(viewerUser, account);
    for (const page of ["/admin/logs/webhooks", "/admin/logs/files/webhook-deliveries.csv"]) {
      const { text } = await browser.get(page).expect(200);
      expect(text).toContain("https://receivers.test/…path");
      expect(text).not.toContain("a-secret-path");
    }
  });

  test("M15 X12 the log of one mailbox is read by those who see logs and by who manages it, and by nobody else", async () => {
    const desk = await create.mailbox(account, { name: "Kept desk" });
    const { user: keeper, member } = await create.colleague(account);
    await create.grant(member, { systemRole: "mailbox_owner" }, desk);
    const { user: reader, member: place } = await create.colleague(account);
    await create.grant(place, { systemRole: "mailbox_reader" }, desk);
    const path = `/mailboxes/${desk.id}/activity`;
    await api.patch(`/mailboxes/${desk.id}`, { name: "Kept room" }, { "If-Match": `"${desk.version}"` }).expect(200);
    const owners = await programOf(account, keeper);
    const lines = await walked(owners, path);
    expect(lines).toMatchObject([
      { name: "mailbox.renamed", who: expect.stringContaining("(via Payroll)"), ip: null },
      { name: "access_given" },
      { name: "access_given" },
    ]);
    expect((await api.get(path).expect(200)).body.data[0].ip).toEqual(expect.any(String));
    expect(await walked(viewer, `${path}?kind=access`)).toHaveLength(2);
    await (await programOf(account, reader)).get(path).expect(403);
    await owners.get(`/mailboxes/${(await create.mailbox(account)).id}/activity`).expect(403);
    await neighbour.get(path).expect(404);
  });
});
