import { eq } from "drizzle-orm";
import { beforeAll, describe, expect, test } from "vitest";
import { config } from "../src/config.ts";
import { db } from "../src/db/client.ts";
import { imapSources, webhooks } from "../src/db/schema.ts";
import { runJobs } from "./support/outbox.ts";
import { type Program, program, programOf } from "./support/programs.ts";
import { type Account, create, eventsOf, grantsOf, type User } from "./support/world.ts";

let account: Account;
let user: User;
let api: Program;
let viewer: Program;
let neighbour: Program;

beforeAll(async () => {
  ({ account, user, program: api } = await program("owner"));
  viewer = await programOf(account, (await create.colleague(account, ["viewer"])).user);
  neighbour = (await program("owner")).program;
});

describe("mailboxes", () => {
  test("M9 M10 M13 M14 are made, listed, renamed, archived, deleted and restored by the rules of the pages", async () => {
    const made = await api
      .post("/mailboxes", { name: "Press", address: "press-desk@muster.test", quotaMegabytes: 500 })
      .expect(201);
    expect(made.body).toMatchObject({ kind: "native", name: "Press", quotaMegabytes: 500, storage: null });
    const path = `/mailboxes/${made.body.id}`;
    const taken = await api.post("/mailboxes", { name: "Again", address: "press-desk@muster.test" }).expect(422);
    expect(taken.body.errors[0].pointer).toBe("#/address");
    await api.post("/mailboxes", { name: "Foreign", address: "x@elsewhere.test" }).expect(422);

    await api.patch(path, { name: "Newsroom" }).expect(428);
    const renamed = await api.patch(path, { name: "Newsroom" }, { "If-Match": made.headers.etag! }).expect(200);
    await api.patch(path, { name: "Late" }, { "If-Match": made.headers.etag! }).expect(412);
    expect((await viewer.get("/mailboxes?q=newsroom&kind=native").expect(200)).body.data).toHaveLength(1);
    expect((await viewer.get("/mailboxes?kind=imap").expect(200)).body.data).toEqual([]);

    const etag = { "If-Match": renamed.headers.etag! };
    await api.patch(path, { quotaMegabytes: 0 }, etag).expect(422);
    const roomier = await api.patch(path, { quotaMegabytes: null }, etag).expect(200);
    expect(roomier.body).toMatchObject({ name: "Newsroom", quotaMegabytes: null });

    await api.post(`${path}/archive`, undefined, { "If-Match": roomier.headers.etag! }).expect(200);
    await api.post(`${path}/restore`).expect(200);
    await api.delete(`${path}?name=wrong`).expect(422);
    await api.delete(`${path}?name=Newsroom`).expect(204);
    expect((await api.get("/mailboxes?show=deleted").expect(200)).body.data).toHaveLength(1);
    const back = await api.post(`${path}/undelete`).expect(200);
    expect(back.body).toMatchObject({ deletedAt: null });
    expect(await eventsOf(account.id)).toEqual(expect.arrayContaining(["mailbox.created", "mailbox.deleted"]));

    for (const change of [
      viewer.post("/mailboxes", { name: "No", address: "no@muster.test" }),
      viewer.delete(`${path}?name=Newsroom`),
    ])
      await change.expect(403);
    await neighbour.get(path).expect(404);
    await neighbour.delete(`${path}?name=Newsroom`).expect(404);
  });

  test("M13 T73 one elsewhere is signed in to before it is kept: what cannot be reached is refused at its field", async () => {
    const way = { host: "127.0.0.1", username: "ana", password: "a very secret word" };
    const refused = await api
      .post("/mailboxes/imap", { name: "Far", address: "far@elsewhere.test", ...way })
      .expect(422);
    expect(refused.body.errors[0].pointer).toBe("#/host");
    expect(refused.text).not.toContain(way.password);
    expect(await db.select().from(imapSources).where(eq(imapSources.accountId, account.id))).toEqual([]);
  });

  test("M13 whoever manages one mailbox renames it, and does not give it space; nor does a neighbour", async () => {
    const desk = await create.mailbox(account, { name: "Desk", quotaMegabytes: 100 });
    const { user: keeper, member } = await create.colleague(account);
    await create.grant(member, { systemRole: "mailbox_owner" }, desk);
    const theirs = await programOf(account, keeper);
    const path = `/mailboxes/${desk.id}`;
    const { headers } = await theirs.get(path).expect(200);
    const etag = { "If-Match": headers.etag! };
    await theirs.patch(path, { quotaMegabytes: 9000 }, etag).expect(403);
    await theirs.patch(path, { name: "Front desk", quotaMegabytes: 9000 }, etag).expect(403);
    await neighbour.patch(path, { quotaMegabytes: 9000 }, etag).expect(404);
    const renamed = await theirs.patch(path, { name: "Front desk" }, etag).expect(200);
    expect(renamed.body).toMatchObject({ name: "Front desk", quotaMegabytes: 100 });
  });

  test("whoever shares one mailbox gives and ends access to it, and to no other", async () => {
    const [desk, other] = [await create.mailbox(account), await create.mailbox(account)];
    const { user: keeper, member } = await create.colleague(account);
    await create.grant(member, { systemRole: "mailbox_owner" }, desk);
    const theirs = await programOf(account, keeper);
    const { user: guest, member: place } = await create.colleague(account);
    const given = { email: guest.email, role: "mailbox_reader" };
    await theirs.post(`/mailboxes/${desk.id}/grants`, given).expect(204);
    await theirs.post(`/mailboxes/${other.id}/grants`, given).expect(403);
    const [grant] = await grantsOf(place.id);
    const list = (await theirs.get(`/mailboxes/${desk.id}/grants`).expect(200)).body;
    expect(list).toMatchObject({ total: 2 });
    expect(list.data.map(({ email }: { email: string }) => email)).toContain(guest.email);
    expect(grant).toBeDefined();
    const [held] = list.data.find(({ email }: { email: string }) => email === guest.email).grants;
    await neighbour.delete(`/mailboxes/${desk.id}/grants/${held.id}`).expect(404);
    await theirs.delete(`/mailboxes/${desk.id}/grants/${held.id}`).expect(204);
    expect(await grantsOf(place.id)).toEqual([]);
  });
});

describe("webhooks", () => {
  const url = "http://127.0.0.1:9/hooks/muster";

  test("M20 M21 M22 M23 are added, read, changed, renewed, tested and deleted; secrets are answered once", async () => {
    config.OUTBOUND_ALLOW.push("127.0.0.1");
    const made = await api.post("/webhooks", { url, about: "Ledger", events: ["member.added"] }).expect(201);
    const { id, secret } = made.body;
    expect(secret).toMatch(/^whsec_/);
    const path = `/webhooks/${id}`;
    const read = await api.get(path).expect(200);
    expect(read.body).toMatchObject({ url, events: ["member.added"], status: "active" });
    expect(read.text).not.toContain(secret);
    expect((await viewer.get(path).expect(200)).body.url).not.toContain("hooks");

    await api.put(path, { url, about: "Books", events: ["user.signed_in"] }, { "If-Match": '"1"' }).expect(422);
    const changed = await api.put(path, { url, about: "Books" }, { "If-Match": made.headers.etag! }).expect(200);
    expect(changed.body).toMatchObject({ about: "Books", events: [] });
    await api.put(path, { url }, { "If-Match": made.headers.etag! }).expect(412);
    const renewed = await api.post(`${path}/secret`, { hours: 1 }).expect(200);
    expect(renewed.body.secret).not.toBe(secret);
    const sent = await api.post(`${path}/test`).expect(202);
    expect((await viewer.get(`${path}/deliveries`).expect(200)).body.data[0].id).toBe(sent.body.id);
    await api.post(`${path}/deliveries/${sent.body.id}/repeat`).expect(409);
    await api.post(`${path}/pause`).expect(200);
    await api.post(`${path}/enable`).expect(200);

    await viewer.post("/webhooks", { url }).expect(403);
    await viewer.post(`${path}/test`).expect(403);
    await neighbour.get(path).expect(404);
    await neighbour.delete(path).expect(404);
    await api.delete(path).expect(204);
    await api.get(path).expect(404);
    const [row] = await db.select().from(webhooks).where(eq(webhooks.id, id));
    expect(row).toMatchObject({ secret: "", endedBy: user.id });
  });

  test("T73 a private address is refused at its field", async () => {
    config.OUTBOUND_ALLOW.length = 0;
    const refused = await api.post("/webhooks", { url: "https://10.0.0.1/hook" }).expect(422);
    expect(refused.body.errors[0].pointer).toBe("#/url");
  });
});

test("X1 A33 a domain is activated as the plan said that was read", async () => {
  const proven = { status: "verified", verifiedAt: new Date() } as const;
  const domain = await create.domain(account, { name: "platform.example", ...proven });
  await create.user({ email: "early@platform.example" });
  const path = `/domains/${domain.id}`;
  const { body: plan } = await api.get(`${path}/activation/plan`).expect(200);
  expect(plan).toMatchObject({ taken: 1 });
  await api.post(`${path}/activation`, { confirmation: "other.example", plan }).expect(422);
  await api.post(`${path}/activation`, { confirmation: domain.name, plan: { ...plan, taken: 7 } }).expect(409);
  await viewer.post(`${path}/activation`, { confirmation: domain.name, plan }).expect(403);
  await neighbour.get(`${path}/activation/plan`).expect(404);
  await api.get(`${path}/run`).expect(404);
  await api.post(`${path}/activation`, { confirmation: domain.name, plan }).expect(202);
  await runJobs();
  expect((await api.get(`${path}/run`).expect(200)).body).toMatchObject({ status: "done", result: { taken: 1 } });
});
