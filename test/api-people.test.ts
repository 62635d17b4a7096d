import "./support/outbox.ts";
import { beforeAll, describe, expect, test } from "vitest";
import { mailsTo, runJobs } from "./support/outbox.ts";
import { type Program, program, programOf } from "./support/programs.ts";
import { type Account, create, eventsOf, grantsOf, type Mailbox, reloadMember, type User } from "./support/world.ts";

let account: Account;
let user: User;
let api: Program;
let desk: Mailbox;
let neighbour: Program;
let theirs: { member: string; mailbox: string };

beforeAll(async () => {
  ({ account, user, program: api } = await program("owner"));
  desk = await create.mailbox(account, { name: "Desk" });
  const other = await program("owner");
  neighbour = other.program;
  theirs = {
    member: (await create.colleague(other.account, ["viewer"])).member.id,
    mailbox: (await create.mailbox(other.account)).id,
  };
});

const held = async (memberId: string) => (await api.get(`/members/${memberId}/grants`).expect(200)).body.data;

describe("grants", () => {
  test("are given and ended on the version that was read, all or nothing, and say that a program did it", async () => {
    const { member } = await create.colleague(account);
    const read = await api.get(`/members/${member.id}/grants`).expect(200);
    const etag = { "If-Match": read.headers.etag! };
    const add = [{ role: "viewer" }, { role: "mailbox_reader", mailboxId: desk.id }, { permission: "domains.add" }];
    await api.patch(`/members/${member.id}/grants`, { add }).expect(428);
    const both = [...add, { role: crypto.randomUUID() }];
    await api.patch(`/members/${member.id}/grants`, { add: both }, etag).expect(404);
    expect(await held(member.id)).toEqual([]);

    const given = await api.patch(`/members/${member.id}/grants`, { add }, etag).expect(200);
    expect(given.headers.etag).not.toBe(etag["If-Match"]);
    const rows: { id: string; title: string; source: string; mailboxId: string | null }[] = given.body.data;
    expect(rows.map(({ title, mailboxId, source }) => `${title} ${mailboxId === desk.id} ${source}`).sort()).toEqual([
      "Add domains false api",
      "Mailbox reader true api",
      "Viewer false api",
    ]);
    await api.patch(`/members/${member.id}/grants`, { end: [rows[0]!.id] }, etag).expect(412);

    const now = { "If-Match": given.headers.etag! };
    await api.delete(`/members/${member.id}/grants/${rows[0]!.id}`, now).expect(204);
    expect(await held(member.id)).toHaveLength(2);
    expect((await eventsOf(account.id)).filter((name) => name === "member.rights_changed")).toHaveLength(2);
    const faults = await api
      .patch(`/members/${member.id}/grants`, { add: [{ role: "viewer", permission: "users.view" }] }, now)
      .expect(422);
    expect(faults.body.errors[0].pointer).toBe("#/add/0/role");
  });

  test("T49 T50 T51 a neighbour’s member or mailbox is not there, and nobody gives what they lack", async () => {
    const { member } = await create.colleague(account);
    const any = { "If-Match": '"1"' };
    const add = [{ role: "viewer" }];
    await api.patch(`/members/${theirs.member}/grants`, { add }, any).expect(404);
    await api.get(`/members/${theirs.member}/grants`).expect(404);
    const foreign = [{ role: "mailbox_reader", mailboxId: theirs.mailbox }];
    await api.patch(`/members/${member.id}/grants`, { add: foreign }, any).expect(404);

    const { user: editor } = await create.colleague(account, ["users.view", "users.edit"]);
    const narrow = await programOf(account, editor);
    await narrow.patch(`/members/${member.id}/grants`, { add: [{ permission: "users.view" }] }, any).expect(200);
    const raised = { "If-Match": (await narrow.get(`/members/${member.id}/grants`)).headers.etag! };
    await narrow.patch(`/members/${member.id}/grants`, { add: [{ role: "admin" }] }, raised).expect(403);
    const { user: viewer } = await create.colleague(account, ["viewer"]);
    await (await programOf(account, viewer)).patch(`/members/${member.id}/grants`, { add }, raised).expect(403);
    expect(await held(member.id)).toHaveLength(1);
  });
});

describe("invitations", () => {
  test("A2 A7 D14 go out with what they offer, in one request, and are listed, sent again, taken back", async () => {
    const email = "fresh@elsewhere.test";
    const grants = [{ role: "mailbox_reader", mailboxId: desk.id }];
    const guestUntil = "2099-12-31T23:00:00.000Z";
    const past = await api.post("/invitations", { email, guestUntil: "2020-01-01T00:00:00Z" }).expect(422);
    expect(past.body.errors[0].pointer).toBe("#/guestUntil");
    const sent = await api.post("/invitations", { email, firstName: "Fay", grants, guestUntil }).expect(201);
    expect(sent.body).toMatchObject({ email, firstName: "Fay", status: "invited", invitedBy: user.id, guestUntil });
    expect((await reloadMember(sent.body.id)).guestUntil?.toISOString()).toBe(guestUntil);
    expect(sent.headers.location).toMatch(new RegExp(`/api/v1/invitations/${sent.body.id}$`));
    await runJobs();
    expect(mailsTo(email)).toHaveLength(1);
    expect(await grantsOf(sent.body.id)).toHaveLength(1);
    expect((await held(sent.body.id))[0]).toMatchObject({ source: "invitation", systemRole: "mailbox_reader" });

    const again = await api.post("/invitations", { email }).expect(422);
    expect(again.body.errors[0]).toMatchObject({ pointer: "#/email", detail: expect.stringContaining("already") });
    await api.post(`/invitations/${sent.body.id}/resend`).expect(429);
    const { link } = (await api.post(`/invitations/${sent.body.id}/link`).expect(200)).body;
    expect(link).toContain("/invitations/");
    const list = await api.get("/invitations").expect(200);
    expect(list.body.data.map(({ id }: { id: string }) => id)).toContain(sent.body.id);
    expect(list.body.data.find(({ id }: { id: string }) => id === sent.body.id).delivery).toBe("sent");

    await api.delete(`/invitations/${sent.body.id}`).expect(204);
    expect((await reloadMember(sent.body.id)).status).toBe("revoked");
    expect((await api.get("/invitations?status=revoked").expect(200)).body.data).toHaveLength(1);
  });

  test("A5 D2 a draft is for those who may send it, and is sent later", async () => {
    const later = { email: "later@elsewhere.test", guestUntil: "2099-12-31T23:00:00.000Z" };
    const draft = await api.post("/invitations", { ...later, send: false }).expect(201);
    expect(draft.body).toMatchObject({ status: "draft", invitedAt: null, guestUntil: later.guestUntil });
    const offered = { send: false, email: "x@elsewhere.test", grants: [{ role: "viewer" }] };
    expect((await api.post("/invitations", offered).expect(422)).body.errors[0].pointer).toBe("#/grants");
    const { user: viewer } = await create.colleague(account, ["viewer"]);
    const reader = await programOf(account, viewer);
    await reader.get(`/invitations/${draft.body.id}`).expect(404);
    expect((await reader.get("/invitations?status=draft").expect(200)).body.data).toEqual([]);
    await reader.post("/invitations", { email: "no@elsewhere.test" }).expect(403);
    await api.post(`/invitations/${draft.body.id}/send`).expect(200);
    await reader.get(`/invitations/${draft.body.id}`).expect(200);
    await neighbour.get(`/invitations/${draft.body.id}`).expect(404);
    await neighbour.delete(`/invitations/${draft.body.id}`).expect(404);
    await neighbour.post(`/invitations/${draft.body.id}/resend`).expect(404);
    const { member } = await create.colleague(account);
    await api.get(`/invitations/${member.id}`).expect(404);
  });
});

test("A29 A31 A49 a corporate user is created in an active domain, with a mailbox, and gets one mail", async () => {
  const open = { status: "active", verifiedAt: new Date(), activatedAt: new Date() } as const;
  await create.domain(account, { name: "people.example", ...open });
  const person = { email: "Cora@people.example", firstName: "Cora", lastName: "Lind", personalMailbox: true };
  const made = await api.post("/members/corporate", person).expect(201);
  expect(made.body).toMatchObject({ email: "cora@people.example", corporate: true, status: "waiting" });
  await runJobs();
  expect(mailsTo("cora@people.example")).toHaveLength(1);
  const twice = await api.post("/members/corporate", person).expect(422);
  expect(twice.body.errors[0].pointer).toBe("#/email");
  await api.post("/members/corporate", { ...person, email: "cora@elsewhere.test" }).expect(422);
  await neighbour.post("/members/corporate", { ...person, email: "dora@people.example" }).expect(422);
  const { user: viewer } = await create.colleague(account, ["viewer"]);
  await (await programOf(account, viewer)).post("/members/corporate", person).expect(403);
});
