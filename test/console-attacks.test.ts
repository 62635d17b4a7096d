import "./support/outbox.ts";
import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { eq, sql } from "drizzle-orm";
import supertest from "supertest";
import { beforeAll, describe, expect, test } from "vitest";
import { makeSecret } from "../src/access/secrets.ts";
import { config } from "../src/config.ts";
import { db } from "../src/db/client.ts";
import { apiTokens, events, mailboxAliases, webhooks } from "../src/db/schema.ts";
import { workbookType } from "../src/import-files/kinds.ts";
import { application, type Browser, owner } from "./support/browser.ts";
import { runJobs } from "./support/outbox.ts";
import { bare, type Program, programOf } from "./support/programs.ts";
import { manners, noteAll, receiver, tell } from "./support/receivers.ts";
import { workbookOf } from "./support/workbooks.ts";
import { type Account, create, type User } from "./support/world.ts";

let account: Account;
let user: User;
let browser: Browser;

const open = { status: "active", verifiedAt: new Date(), activatedAt: new Date() } as const;

beforeAll(async () => {
  ({ account, user, browser } = await owner());
  await create.domain(account, { name: "attacked.example", ...open });
});

const upload = (who: Program, bytes: Uint8Array) =>
  bare("post", "/imports?name=people.xlsx")
    .set({ Authorization: `Bearer ${who.token}`, "Content-Type": workbookType })
    .send(Buffer.from(bytes))
    .expect(201);

/** What a program makes of a workbook that gives Ana this role. */
async function imported(who: Program, local: string, role: string) {
  const email = `${local}@attacked.example`;
  const book = await workbookOf({
    users: [["Ana", "Lopez", email, ""]],
    account: { id: account.id, rows: [[email, role, ""]] },
  });
  const { id } = (await upload(who, book)).body;
  await runJobs();
  const checked = (await who.get(`/imports/${id}`).expect(200)).body;
  return { id, email, checked };
}

describe("programs", () => {
  test("T51 T85 a workbook gives nothing that the token is not for, whatever its maker may give", async () => {
    const narrow = await programOf(account, user, ["imports.run", "users.create"]);
    const refused = await imported(narrow, "narrow", "Owner");
    expect(refused.checked.status).toBe("refused");

    // Checked for somebody with all rights, started by the narrow one: what counts is whoever starts it.
    const wide = await programOf(account, user);
    const good = await imported(wide, "wide", "Owner");
    expect(good.checked.status).toBe("checked");
    await narrow.post(`/imports/${good.id}/start`, { create: 1, update: 0 }).expect(200);
    await runJobs();
    const rights = await db.execute(sql`select g.system_role from grants g join members m on m.id = g.member_id
      where m.email in (${good.email}, ${refused.email}) and g.ended_at is null and g.mailbox_id is null`);
    expect(rights.map((row) => row.system_role)).not.toContain("owner");
  });

  test("an answer that was kept for a key is told to no narrower token of the same client", async () => {
    const wide = await programOf(account, user);
    const narrow = makeSecret("access");
    await db.insert(apiTokens).values({
      ...{ accountId: account.id, clientId: wide.client.id, kind: "access", hash: narrow.hash, hint: narrow.hint },
      ...{ scopes: ["invites.send"], expiresAt: new Date(Date.now() + 3_600_000) },
    });
    const given = [{ role: "owner" }];
    const invited = await wide.post("/invitations", { email: "boss@elsewhere.test", grants: given });
    expect(invited.body.status).toBe("invited");
    const key = { "Idempotency-Key": "link-1" };
    const path = `/invitations/${invited.body.id}/link`;
    const { link } = (await wide.post(path, undefined, key).expect(200)).body;
    expect(link).toContain("http");
    const again = await bare("post", path).set({ Authorization: `Bearer ${narrow.secret}`, ...key });
    expect(again.text).not.toContain(link);
    expect(again.status).toBeGreaterThanOrEqual(400);
  });

  test("T56 an answer that was kept for one version is not told to who asks for another", async () => {
    const api = await programOf(account, user);
    const { member } = await create.colleague(account);
    const [block, unblock] = [`/members/${member.id}/block`, `/members/${member.id}/unblock`];
    const tag = async () => (await api.get(`/members/${member.id}`).expect(200)).headers.etag!;
    const first = await tag();
    await api.post(block, undefined, { "Idempotency-Key": "b-1", "If-Match": '"gone"' }).expect(412);
    await api.post(block, undefined, { "Idempotency-Key": "b-1", "If-Match": first }).expect(422);
    await api.post(block, undefined, { "Idempotency-Key": "b-2", "If-Match": first }).expect(200);
    await api.post(unblock, undefined, { "If-Match": await tag() }).expect(200);
    const again = await api.post(block, undefined, { "Idempotency-Key": "b-2", "If-Match": first }).expect(200);
    expect(again.headers["idempotency-replayed"]).toBe("true");
    await api.post(block, undefined, { "Idempotency-Key": "b-2", "If-Match": '"gone"' }).expect(422);
    await api.post(block, undefined, { "Idempotency-Key": "b-2" }).expect(422);
  });

  test("T67 a body nested ten thousand deep is an error of its sender, with a key and without", async () => {
    const api = await programOf(account, user);
    const deep = "[".repeat(45_000) + "]".repeat(45_000);
    const ask = (path: string, key: object) =>
      bare("post", path)
        .set({ Authorization: `Bearer ${api.token}`, "Content-Type": "application/json", ...key })
        .send(deep);
    const path = `/members/${crypto.randomUUID()}/block`;
    expect((await ask(path, {})).status).toBe(404);
    expect((await ask(path, { "Idempotency-Key": "deep" })).status).toBeLessThan(500);
    expect((await ask("/roles", { "Idempotency-Key": "deep-2" })).status).toBe(422);
  });

  test("a refresh token that a thief’s replay withdrew ends the line when its owner comes with it", async () => {
    const api = await programOf(account, user);
    const first = makeSecret("refresh");
    const id = crypto.randomUUID();
    await db.insert(apiTokens).values({
      ...{ id, familyId: id, accountId: account.id, clientId: api.client.id, kind: "refresh", label: "Laptop" },
      ...{ hash: first.hash, hint: first.hint, scopes: ["users.view"], expiresAt: new Date(Date.now() + 3_600_000) },
    });
    const refresh = (refresh_token: string) =>
      supertest(application()).post("/oauth/token").type("form").send({
        grant_type: "refresh_token",
        refresh_token,
        client_id: api.client.clientId,
        client_secret: api.secret,
      });
    const owners = (await refresh(first.secret).expect(200)).body;
    const thiefs = (await refresh(first.secret).expect(200)).body;
    // An hour later.
    await db.execute(sql`update api_tokens set replaced_at = replaced_at - interval '50 minutes',
      ended_at = ended_at - interval '50 minutes', created_at = created_at - interval '50 minutes'
      where client_id = ${api.client.id} and kind = 'refresh'`);
    await refresh(owners.refresh_token).expect(400);
    const seen = await db.select().from(events).where(eq(events.subjectId, id));
    expect(seen.map(({ name }) => name)).toContain("token.reused");
    await refresh(thiefs.refresh_token).expect(400);
    await bare("get", "/members").set("Authorization", `Bearer ${thiefs.access_token}`).expect(401);
  });
});

describe("mail", () => {
  test("mail of a domain that has another owner now goes to nothing of the one before", async () => {
    const before = await owner();
    const domain = await create.domain(before.account, { name: "sold.example", ...open });
    const box = await create.mailbox(before.account, { name: "Boss", address: "boss@sold.example" });
    await db.insert(mailboxAliases).values({
      ...{ accountId: before.account.id, mailboxId: box.id, address: "sales@sold.example" },
    });
    const taken = async (what: string) => {
      const [row] = await db.execute(sql`select
        exists (select 1 from mail_server.domains where domain = 'sold.example') as domain,
        exists (select 1 from mail_server.mailboxes where address = 'boss@sold.example' and receives) as box,
        exists (select 1 from mail_server.aliases where address = 'sales@sold.example') as alias,
        exists (select 1 from mail_server.senders where address = 'sales@sold.example') as sender`);
      return { what, ...row };
    };
    expect(await taken("own")).toEqual({ what: "own", domain: true, box: true, alias: true, sender: true });
    await before.browser.post(`/admin/domains/${domain.id}/removal`, { name: "sold.example" }).expect(303);
    const after = await owner();
    await create.domain(after.account, { name: "sold.example", ...open });
    await create.mailbox(after.account, { name: "New", address: "new@sold.example" });
    expect(await taken("sold")).toEqual({ what: "sold", domain: true, box: false, alias: false, sender: false });
  });

  test("nobody takes a part of somebody else’s address: what a mail server reads as theirs (+) or as a sign-in (*)", async () => {
    const victim = await owner();
    await create.mailbox(victim.account, { name: "Ana", address: "ana@muster.test" });
    const box = await create.mailbox(account, { name: "Thief", address: "thief@muster.test" });
    for (const local of ["ana+bills", "ana*console"]) {
      const address = { local, domain: "muster.test" };
      await browser.post(`/admin/mailboxes/${box.id}/aliases`, address).expect(422);
      await browser.post("/admin/groups", { name: "G", ...address, members: "thief@evil.test" }).expect(422);
      await browser.post("/admin/mailboxes", { name: "M", ...address, quotaMegabytes: "" }).expect(422);
    }
  });

  test("X12 a forward through a group of one’s own that leads outside is a forward to the outside", async () => {
    const box = await create.mailbox(account, { name: "Desk", address: "desk@attacked.example" });
    await browser
      .post("/admin/groups", { name: "Out", local: "out", domain: "attacked.example", members: "thief@evil.test" })
      .expect(303);
    const fields = { address: "out@attacked.example", keepCopy: "on", from: "", until: "" };
    const silent = await browser.post(`/admin/mailboxes/${box.id}/forwards`, fields);
    expect(silent.status).toBe(422);
    await browser.post(`/admin/mailboxes/${box.id}/forwards`, { ...fields, outside: "on" }).expect(303);
    const [seen] = await db.select().from(events).where(eq(events.name, "mailbox.forward_added"));
    expect(seen!.after).toMatchObject({ outside: true });
  });
});

describe("webhooks", () => {
  test("T92 an account with many slow receivers leaves room for others", async () => {
    config.OUTBOUND_ALLOW = ["127.0.0.0/8"];
    const neighbour = await owner();
    const [slow, quick] = [await receiver(), await receiver()];
    const add = (by: Browser, url: string) =>
      by.post("/admin/webhooks", { url, about: "", scope: "selected", events: "role.created" }).expect(201);
    const happens = (by: Browser) =>
      by.post("/admin/roles", { level: "account", name: "Desk", about: "", permissions: "users.view" }).expect(303);
    await add(browser, slow.url);
    await add(neighbour.browser, quick.url);
    const [first] = await db.select().from(webhooks).where(eq(webhooks.accountId, account.id));
    await db.insert(webhooks).values(Array.from({ length: 19 }, () => ({ ...first!, id: crypto.randomUUID() })));
    const held: ServerResponse[] = [];
    slow.manner = (response) => void held.push(response);
    await happens(browser);
    await happens(neighbour.browser);
    await noteAll();
    // The neighbour's is the one that waits last.
    const longer = sql`${webhooks.dueAt} - interval '1 minute'`;
    await db.update(webhooks).set({ dueAt: longer }).where(eq(webhooks.accountId, account.id));

    // None of theirs is answered before the neighbour's has come.
    const told = tell();
    for (let left = 300; quick.got.length === 0 && left > 0; left--) await sleep(20);
    const [came, ended] = [quick.got.length, held.filter((response) => response.closed).length];
    slow.manner = manners.takes;
    for (const response of held) response.writeHead(204).end();
    expect([came, ended]).toEqual([1, 0]);
    await told;
    expect(slow.got).toHaveLength(20);
  });
});
