import { sql } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { system } from "../src/access/actor.ts";
import { differencesOf } from "../src/audit/difference.ts";
import type { EventName } from "../src/audit/events.ts";
import { recordEvent, recordEvents } from "../src/audit/record.ts";
import { db } from "../src/db/client.ts";
import { inLanguage } from "../src/i18n/t.ts";
import { rooms } from "../src/rooms.ts";
import { admin, owner } from "./support/browser.ts";
import { create } from "./support/world.ts";

const note = (accountId: string, name: EventName, label: string, values: { userId?: string; label?: string } = {}) =>
  db.transaction((tx) =>
    recordEvent(
      tx,
      { ...system(accountId), userId: values.userId ?? null, label: values.label ?? "Muster" },
      name,
      { type: "role", id: crypto.randomUUID(), label },
      { before: { name: "Old words" }, after: { name: "New words", permissions: ["audit.view"] } },
    ),
  );

/** What the page lists, in its order. */
const listed = (html: string) =>
  [...html.matchAll(/<span class="event-text"><strong>[^<]*<\/strong> <span>([^<]*)</g)].map(([, label]) => label);

describe("the log itself", () => {
  test.each([
    ["update", sql`update events set name = 'role.created'`],
    ["delete", sql`delete from events`],
    ["truncate", sql`truncate events cascade`],
  ])("T95 the database refuses to %s events", async (_what, statement) => {
    await admin("viewer");
    await expect(db.execute(statement)).rejects.toMatchObject({ cause: { code: "23001" } });
    const [row] = await db.execute<{ count: number }>(sql`select count(*)::int as count from events`);
    expect(row!.count).toBeGreaterThan(0);
  });

  test("T95 no route of the log writes", async () => {
    const router = await rooms.find(({ mount }) => mount === "/admin/audit")!.load();
    const methods = router.stack.flatMap((layer) => layer.route?.stack.map((step) => step.method) ?? []);
    expect([...new Set(methods)]).toEqual(["get"]);
  });

  test("T95 an event that its transaction takes back was never there", async () => {
    const { account, browser } = await owner();
    const failing = db.transaction(async (tx) => {
      const subject = { type: "role", id: "1", label: "Taken back" } as const;
      await recordEvents(tx, system(account.id), "role.created", [{ subject }]);
      throw new Error("no");
    });
    await expect(failing).rejects.toThrow("no");
    expect((await browser.get("/admin/audit")).text).not.toContain("Taken back");
  });
});

describe("the page", () => {
  test("shows what happened, with before and after, newest first", async () => {
    const { account, browser } = await admin("audit.view");
    await note(account.id, "role.created", "First");
    await note(account.id, "role.changed", "Second");
    const page = await browser.get("/admin/audit").expect(200);
    expect(listed(page.text).slice(0, 2)).toEqual(["Second", "First"]);
    expect(page.text).toContain("Role changed");
    expect(page.text).toContain("<del>Old words</del> <ins>New words</ins>");
    expect(page.text).toContain("View the audit log");
  });

  test("is refused without the permission; a viewer has none", async () => {
    const { browser } = await admin("viewer");
    await browser.get("/admin/audit").expect(403);
  });

  test("never shows a neighbour’s events, whatever is asked for", async () => {
    const neighbour = await owner();
    await note(neighbour.account.id, "role.created", "Neighbours only", { userId: neighbour.user.id });
    const { browser } = await owner();
    for (const query of ["", `?who=${neighbour.user.id}`, "?subject=Neighbours", "?what=role"]) {
      expect((await browser.get(`/admin/audit${query}`).expect(200)).text).not.toContain("<span>Neighbours only");
    }
  });

  test("filters by who, what, subject and period", async () => {
    const { account, user, browser } = await owner();
    await note(account.id, "role.created", "Desk", { userId: user.id, label: user.email });
    await note(account.id, "mailbox.created", "Box");
    await note(account.id, "role.deleted", "100%_sure");
    const find = async (query: string) => listed((await browser.get(`/admin/audit?${query}`).expect(200)).text);
    expect(await find("what=role")).toEqual(["100%_sure", "Desk"]);
    expect(await find("what=mailbox.created")).toEqual(["Box"]);
    expect(await find(`who=${user.email}&what=role`)).toEqual(["Desk"]);
    expect(await find(`who=${user.lastName.toUpperCase()}&what=role`)).toEqual(["Desk"]);
    expect(await find("who=muster")).toEqual(["100%_sure", "Box"]);
    expect(await find("subject=box")).toEqual(["Box"]);
    const one = await browser.get(`/admin/audit?who=${user.id}`).expect(200);
    expect(one.text).toContain(`title="Who did it">${user.email}`);
    const today = new Date().toISOString().slice(0, 10);
    expect(await find(`what=mailbox&from=${today}&to=${today}`)).toEqual(["Box"]);
    expect(await find("what=mailbox&to=2020-01-01")).toEqual([]);
    const empty = await browser.get("/admin/audit?who=nobody-at-all").expect(200);
    expect(empty.text).toContain("Nothing fits these filters");
  });

  test("T62 what is typed is text, not a pattern", async () => {
    const { account, browser } = await owner();
    await note(account.id, "role.created", "100%_sure");
    await note(account.id, "role.created", "1000 sure");
    const found = await browser.get(`/admin/audit?subject=${encodeURIComponent("%_")}`).expect(200);
    expect(listed(found.text)).toEqual(["100%_sure"]);
    await browser.get(`/admin/audit?who=${encodeURIComponent("%\\_'")}`).expect(200);
  });

  test("T61 a filter that is none narrows nothing", async () => {
    const { account, browser } = await owner();
    await note(account.id, "role.created", "Desk");
    for (const query of [
      "what=__proto__",
      "what=role.created';--",
      "from=yesterday&to=2026-13-45",
      "before=x",
      "after=-1",
      "before=99999999999999999999",
      "what=role&what=mailbox",
      "from=2026-02-31",
    ]) {
      const page = await browser.get(`/admin/audit?${query}`).expect(200);
      expect(listed(page.text), query).toContain("Desk");
    }
  });

  test("pages by key: a place stays where it is when new events arrive", async () => {
    const { account, browser } = await owner();
    const labels = Array.from({ length: 120 }, (_, n) => `Role ${String(n).padStart(3, "0")}`);
    await db.transaction((tx) =>
      recordEvents(
        tx,
        system(account.id),
        "role.created",
        labels.map((label) => ({ subject: { type: "role", id: label, label } })),
      ),
    );
    const link = (html: string, rel: string) =>
      html.match(new RegExp(`rel="${rel}" href="([^"]+)"`))?.[1]?.replaceAll("&amp;", "&");
    const first = await browser.get("/admin/audit?what=role");
    expect(link(first.text, "prev")).toBeUndefined();
    await note(account.id, "role.created", "Role new");
    const second = await browser.get(link(first.text, "next")!);
    const third = await browser.get(link(second.text, "next")!);
    const seen = [first, second, third].flatMap((page) => listed(page.text));
    expect(seen).toEqual(labels.toReversed());
    expect(link(third.text, "next")).toBeUndefined();
    const back = await browser.get(link(third.text, "prev")!);
    expect(listed(back.text)).toEqual(listed(second.text));
  });

  test("T63 names full of HTML are text", async () => {
    const { account, browser } = await owner();
    const evil = `<img src=x onerror=alert(1)>"'<%= 1 %>`;
    await note(account.id, "role.created", evil, { label: evil });
    await create.colleague(account, [], { firstName: evil });
    const page = await browser.get(`/admin/audit?subject=${encodeURIComponent("<img")}`).expect(200);
    expect(page.text).toContain("&lt;img src=x");
    expect(page.text).not.toContain("<img");
  });
});

test("a difference shows what changed, and nothing else", () => {
  expect(
    differencesOf({
      before: { name: "A", about: "same", permissions: ["users.view", "roles.view"] },
      after: { name: "B", about: "same", permissions: ["users.view", "audit.view"] },
    }),
  ).toMatchObject([
    { label: "Name", before: "A", after: "B" },
    { label: "Permissions", added: ["View the audit log"], removed: ["View roles"] },
  ]);
});

test("a difference names rights and statuses as the reader’s screens do", () => {
  const event = {
    before: { status: "draft", rights: [] },
    after: { status: "invited", rights: ["Mailbox reader (Press)", "Desk (x)"] },
  };
  expect(inLanguage({ locale: "de" }, () => differencesOf(event))).toMatchObject([
    { label: "Status", before: "Entwurf, nicht gesendet", after: "Eingeladen" },
    { label: "Rechte", added: ["Postfach-Leser (Press)", "Desk (x)"] },
  ]);
  const labelOf = (name: string) => differencesOf({ name, before: null, after: { position: 7 } })[0]!.label;
  expect(["plan.changed", "log.end_accepted"].map(labelOf)).toEqual(["Place in the list", "Place in the sealed log"]);
});
