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

describe("T56 members as they were read", () => {
  const someone = async () => {
    const { member } = await create.colleague(account, ["viewer"]);
    const { headers } = await api.get(`/members/${member.id}`).expect(200);
    return {
      id: member.id,
      path: `/members/${member.id}`,
      etag: headers.etag!,
      as: (tag: string) => ({ "If-Match": tag }),
    };
  };
  const answer = (verb: string, path: string, headers: Record<string, string>, who = api) => {
    if (verb === "role") return who.put(`${path}/role`, { role: "admin" }, headers);
    if (verb === "guest") return who.patch(path, { guestUntil: "2027-03-01T00:00:00Z" }, headers);
    return verb === "remove" ? who.delete(path, headers) : who.post(`${path}/${verb}`, undefined, headers);
  };

  test("T56 role, guest, block, unblock, removal and restoration: another ETag is 412 and does nothing, the present one works", async () => {
    const { id, path, etag, as } = await someone();
    let tag = etag;
    for (const verb of ["role", "guest", "block", "unblock", "remove", "restore"]) {
      const before = [await reloadMember(id), await grantsOf(id), await eventsOf(account.id)];
      for (const other of ['"1"', `W/${tag}`, '""', "x", tag === etag ? '"a", "b"' : etag])
        expect([verb, other, (await answer(verb, path, as(other))).status]).toEqual([verb, other, 412]);
      expect([await reloadMember(id), await grantsOf(id), await eventsOf(account.id)]).toEqual(before);
      const done = await answer(verb, path, as(verb === "block" ? `"other", ${tag}` : tag));
      expect([verb, done.status]).toEqual([verb, verb === "remove" ? 204 : 200]);
      const read = await api.get(path).expect(200);
      if (verb !== "remove") expect(done.headers.etag).toBe(read.headers.etag);
      expect(read.headers.etag).not.toBe(tag);
      tag = read.headers.etag!;
    }
    expect((await api.get(path).expect(200)).headers.etag).toBe(tag);
    await answer("block", path, {}).expect(200);
    await answer("unblock", path, as("*")).expect(200);
  });

  test("T56 it changes with what it shows: a right on a mailbox, and a role by another name", async () => {
    const { id, path, etag, as } = await someone();
    await create.grant(await reloadMember(id), { systemRole: "mailbox_reader" }, desk);
    const shared = (await api.get(path).expect(200)).headers.etag!;
    expect(shared).not.toBe(etag);
    await answer("block", path, as(etag)).expect(412);
    const role = await create.role(account, "account", "Night desk", ["users.view"]);
    await create.grant(await reloadMember(id), { role });
    const named = (await api.get(path).expect(200)).headers.etag!;
    await api.put(`/roles/${role.id}`, { name: "Day desk", permissions: ["users.view"] }, as('"1"')).expect(200);
    await answer("remove", path, as(named)).expect(412);
  });

  test("T56 of two at once who read the same, one changes it", async () => {
    for (const [one, other] of [
      ["role", "block"],
      ["remove", "role"],
      ["block", "guest"],
    ] as const) {
      const { path, etag, as } = await someone();
      const both = await Promise.all([answer(one, path, as(etag)), answer(other, path, as(etag))]);
      expect(both.map(({ status }) => status).sort(), `${one} ${other}`).toEqual([expect.toBeOneOf([200, 204]), 412]);
    }
  });

  test("T49 T54 T58 who may not, or is a stranger, learns nothing by it", async () => {
    const { id, path, etag, as } = await someone();
    const viewer = await programOf(account, (await create.colleague(account, ["viewer"])).user);
    const weaker = await create.colleague(account, ["users.block", "users.view", "users.delete", "users.change_role"]);
    const lesser = await programOf(account, weaker.user);
    await create.grant(await reloadMember(id), { systemRole: "owner" });
    for (const verb of ["role", "block", "remove"])
      for (const tag of [etag, '"1"']) {
        await answer(verb, path, as(tag), viewer).expect(403);
        await answer(verb, path, as(tag), lesser).expect(403);
        await answer(verb, path, as(tag), neighbour).expect(404);
      }
  });
});
