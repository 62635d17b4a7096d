import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { seal } from "../src/access/vault.ts";
import { config } from "../src/config.ts";
import { imapSources } from "../src/db/boxes.ts";
import { db } from "../src/db/client.ts";
import { events, mailboxes } from "../src/db/schema.ts";
import { closeConnections } from "../src/imap/connections.ts";
import { Browser, browserOf } from "./support/browser.ts";
import { noDovecot, startDovecot } from "./support/dovecot.ts";
import { letter, letters } from "./support/letters.ts";
import { type Program, programOf } from "./support/programs.ts";
import { type Account, create, type Mailbox, type User } from "./support/world.ts";

const dovecot = await startDovecot({ tls: "none" });
const address = "press@acme.test";
let account: Account;
let box: Mailbox;
let viewer: Browser;
let viewerUser: User;
let reader: Browser;
let readerUser: User;

/** A mailbox that is reached where the server of this file listens. */
async function connected(home: Account, values: Partial<typeof imapSources.$inferInsert> = {}): Promise<Mailbox> {
  const mailbox = await create.mailbox(home, { kind: "imap" });
  const way = { host: "127.0.0.1", port: dovecot?.port ?? 1, security: "none", username: address } as const;
  await db
    .insert(imapSources)
    .values({ mailboxId: mailbox.id, accountId: home.id, ...way, password: seal("the right one"), ...values });
  return mailbox;
}

beforeAll(async () => {
  config.OUTBOUND_ALLOW = ["127.0.0.0/8"];
  account = await create.account();
  box = await connected(account);
  viewerUser = (await create.colleague(account, ["viewer"])).user;
  viewer = await browserOf(viewerUser, account);
  const { user, member } = await create.colleague(account);
  await create.grant(member, { systemRole: "mailbox_reader" }, box);
  readerUser = user;
  reader = await browserOf(user, account);
  if (!dovecot) return;
  dovecot.addUser(address, "the right one");
  for (let n = 1; n <= 55; n++) await dovecot.deliver(address, letter({ subject: `Letter ${n}`, text: `Text ${n}` }));
  for (const [folder, raw, flags] of letters) await dovecot.deliver(address, raw, folder, flags);
}, 120_000);
beforeEach(async ({ skip }) => {
  if (!dovecot) skip(noDovecot);
  await db.execute(sql`delete from rate_limits`);
});
afterAll(() => closeConnections());

const at = (path = "", mailbox = box) => `/admin/mailboxes/${mailbox.id}/messages${path}`;
const subjects = (html: string) =>
  [...html.matchAll(/letter-subject"><span dir="auto">([^<]*)</g)].map(([, words]) => words);
const linkIn = (html: string, pattern: RegExp) => html.match(pattern)![1]!.replaceAll("&amp;", "&");
const eventsNow = async () =>
  (await db.select().from(events).where(eq(events.accountId, account.id)).orderBy(events.id)).filter(({ name }) =>
    name.startsWith("mailbox."),
  );
/** The path of the message with this subject in a folder. */
async function pathOf(subject: string, folder = "Odd", browser = viewer): Promise<string> {
  const search = folder === "INBOX" ? `&q=${encodeURIComponent(subject)}` : "";
  const list = await browser.get(at(`?folder=${folder}${search}`)).expect(200);
  const line = list.text.split("<li").find((item) => subjects(item)[0]?.startsWith(subject));
  return linkIn(line!, /href="([^"]+)"/);
}
const frameOf = (html: string) => linkIn(html, /<iframe[^>]* src="([^"]+)"/);

describe("M12 the folders and messages of a mailbox", () => {
  test("M12 newest first, fifty to a page, by UID; what arrives meanwhile moves nothing", async () => {
    const first = await viewer.get(at()).expect(200);
    expect(subjects(first.text)).toEqual(Array.from({ length: 50 }, (_, n) => `Letter ${55 - n}`));
    expect(first.text).toMatch(/Inbox[\s\S]*Drafts[\s\S]*Sent[\s\S]*Trash[\s\S]*Odd/);
    expect(first.text).toContain('class="unread"');
    const older = linkIn(first.text, /rel="next" href="([^"]+)"/);
    await dovecot!.deliver(address, letter({ subject: "Letter 56", text: "new" }));
    const second = await viewer.get(older).expect(200);
    expect(subjects(second.text)).toEqual(["Letter 5", "Letter 4", "Letter 3", "Letter 2", "Letter 1"]);
    const back = await viewer.get(linkIn(second.text, /rel="prev" href="([^"]+)"/)).expect(200);
    expect(subjects(back.text)).toEqual(subjects(first.text));
    const newest = await viewer.get(linkIn(back.text, /rel="prev" href="([^"]+)"/)).expect(200);
    expect(subjects(newest.text)[0]).toBe("Letter 56");
    expect(subjects((await viewer.get(at("?before=1"))).text)).toEqual([]);
  });

  test("M12 are searched by the server in headers and texts; odd words and folders change nothing", async () => {
    const found = await viewer.get(at("?q=Text+5")).expect(200);
    expect(subjects(found.text)).toEqual([
      "Letter 55",
      "Letter 54",
      "Letter 53",
      "Letter 52",
      "Letter 51",
      "Letter 50",
      "Letter 5",
    ]);
    expect((await viewer.get(at("?q=nowhere+to+be+found"))).text).toContain("No message holds this");
    for (const q of ['"', "\\", "a\r\nb LOGOUT", "Größe", "{5}", "x".repeat(500), "*"]) {
      await viewer.get(at(`?q=${encodeURIComponent(q)}`)).expect(200);
    }
    expect((await viewer.get(at("?folder=Sent"))).text).toContain("This folder is empty");
    for (const folder of ["Nowhere", "../../etc", "INBOX\r\nA1 LOGOUT", "*", "%"])
      await viewer.get(at(`?folder=${encodeURIComponent(folder)}`)).expect(404);
    for (const uid of ["0", "-1", "4294967296", "x", "1e3", "99999"]) await viewer.get(at(`/${uid}`)).expect(404);
  });

  test("X12 that somebody looked in is written once an hour, each message each time; nothing is marked as read", async () => {
    const before = (await eventsNow()).length;
    for (const browser of [viewer, viewer, reader]) await browser.get(at()).expect(200);
    const message = await viewer.get(await pathOf("Letter 7", "INBOX")).expect(200);
    await viewer.get(frameOf(message.text)).expect(200);
    await viewer.get(await pathOf("Letter 7", "INBOX")).expect(200);
    const seen = (await eventsNow()).slice(before);
    expect(seen.map(({ name }) => name)).toEqual([
      ...["mailbox.opened", "mailbox.opened", "mailbox.message_viewed", "mailbox.message_viewed"],
    ]);
    expect(seen.at(-1)).toMatchObject({
      ...{ actorId: viewerUser.id, subjectType: "mailbox", subjectId: box.id, subjectLabel: box.name },
      after: { folder: "INBOX", uid: 7, messageId: "<letter-7@acme.test>" },
    });
    expect(JSON.stringify(seen.map(({ before, after, subjectLabel }) => [before, after, subjectLabel]))).not.toMatch(
      /Letter 7|Text 7/,
    );
    expect(subjects((await viewer.get(at())).text)).toContain("Letter 7");
    expect((await viewer.get(at())).text.match(/class="unread"/g)).toHaveLength(50);
  });

  test("X12 where the view cannot be written down, nothing is shown", async () => {
    const path = await pathOf("Letter 9", "INBOX");
    await db.execute(sql`create function no_event() returns trigger language plpgsql as $$ begin raise 'full'; end $$`);
    await db.execute(sql`create trigger no_event before insert on events for each row execute function no_event()`);
    await db.execute(sql`delete from rate_limits`);
    for (const each of [at(), path]) {
      const answer = await viewer.get(each).expect(500);
      expect(answer.text).not.toMatch(/Letter 9|ticket=/);
    }
    const file = await viewer.get(`${path.replace("?", "/attachments/1?")}`);
    expect(file.status).toBeGreaterThanOrEqual(400);
    expect(file.text).not.toContain("Text 9");
    await db.execute(sql`drop trigger no_event on events`);
    await viewer.get(path).expect(200);
  });
});

describe("M12 T66 what a message says", () => {
  test("T66 stands in a frame that runs and loads nothing, for whoever opened the message, for a while", async () => {
    const path = await pathOf("Remote");
    const message = await viewer.get(path).expect(200);
    expect(message.text).not.toContain("secret words");
    expect(message.text).toContain('sandbox="allow-popups allow-popups-to-escape-sandbox"');
    const frame = await viewer.get(frameOf(message.text)).expect(200);
    expect(frame.headers["content-security-policy"]).toBe(
      "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
    );
    expect(frame.headers).toMatchObject({ "referrer-policy": "no-referrer", "cache-control": "no-store" });
    expect(frame.headers["x-frame-options"]).toBeUndefined();
    expect(frame.text).toContain("secret words");
    expect(frame.text).not.toMatch(/<script|onerror|tracker\.example/);
    expect(frame.text).toContain(`<img src="data:image/png;base64,iVBORw0KGgo=" alt="Logo"`);

    const body = path.replace("?", "/body?");
    for (const each of [body, `${body}&ticket=x`, frameOf(message.text).replace(/ticket=\d+/, "ticket=99999999999")])
      expect((await viewer.get(each).expect(409)).text).not.toContain("secret words");
    // Somebody else's ticket, and one for another message or with more than was asked for.
    await reader.get(frameOf(message.text)).expect(409);
    await viewer.get(frameOf(message.text).replace(/messages\/\d+/, "messages/1")).expect(409);
    await viewer.get(frameOf(message.text).replace(".own.", ".all.")).expect(409);
  });

  test("T66 loads pictures from elsewhere only when asked, once, over HTTPS, and that is written down", async () => {
    const path = await pathOf("Remote");
    const asked = await viewer.get(path).expect(200);
    expect(asked.text).toContain("Pictures from other servers are not loaded.");
    expect((await viewer.get(await pathOf("Attached"))).text).not.toContain("Pictures from other servers");
    const before = (await eventsNow()).length;
    const loaded = await viewer.post(path.replace("?", "/remote-content?")).expect(200);
    expect((await eventsNow()).slice(before)).toMatchObject([
      { name: "mailbox.remote_content_loaded", after: { folder: "Odd", messageId: "<remote@acme.test>" } },
    ]);
    const frame = await viewer.get(frameOf(loaded.text)).expect(200);
    expect(frame.headers["content-security-policy"]).toContain("img-src data: https:;");
    expect(frame.text).toContain(`<img src="https://tracker.example/p.png" alt="" referrerpolicy="no-referrer"`);
    expect(frame.text).not.toContain("http://tracker.example");
    expect((await viewer.get(frameOf((await viewer.get(path)).text))).text).not.toContain("tracker.example");
  });

  test("M12 plain, empty, broken, huge and in any alphabet: something fitting is shown, and never an error", async () => {
    const shown: [string, RegExp][] = [
      ["Plain", /<pre>Hello &lt;b&gt;you&lt;\/b&gt;\s+<a href="https:\/\/acme\.test\/x"/],
      ["Latin", /<pre>Grüße aus Köln/],
      ["Shift", /<p>こんにちは<\/p>/],
      ["Unknown alphabet", /<pre>plain words/],
      ["Broken", /<p>still readable/],
      ["Empty", /This message has no text\./],
      ["Nested", /<pre>deep down/],
      ["Huge", /Only its beginning is shown here\./],
    ];
    for (const [subject, words] of shown) {
      const message = await viewer.get(await pathOf(subject)).expect(200);
      const frame = await viewer.get(frameOf(message.text)).expect(200);
      expect([subject, words.test(frame.text)]).toEqual([subject, true]);
      expect(frame.text.length).toBeLessThan(2_000_000);
    }
    const odd = await viewer.get(await pathOf("Headers")).expect(200);
    expect(odd.text).toContain("Zoë &lt;script&gt; &lt;zoe@acme.test&gt;");
    expect(odd.text).toContain("X-Evil");
    expect(odd.text).not.toContain("<script>alert");
    expect(odd.text).toContain("billing@evil.test");
  });

  test("M12 T89 attachments are saved, never shown, and each download is written down", async () => {
    const message = await viewer.get(await pathOf("Attached")).expect(200);
    const links = [...message.text.matchAll(/href="([^"]+\/attachments\/[^"]+)"/g)].map(([, href]) =>
      href!.replaceAll("&amp;", "&"),
    );
    expect(links).toHaveLength(3);
    expect(message.text.match(/may run a program when it is opened/g)).toHaveLength(2);
    const before = (await eventsNow()).length;
    const file = await viewer.get(links[0]!).responseType("blob").expect(200);
    expect(file.body).toEqual(Buffer.from(Array.from({ length: 300_000 }, (_, n) => n % 256)));
    expect(file.headers).toMatchObject({
      "content-type": "application/octet-stream",
      "content-security-policy": "sandbox; frame-ancestors 'none'",
      "content-disposition": expect.stringMatching(
        /^attachment; filename="Plan fu_r.bin"; filename\*=UTF-8''Plan%20f%C3%BCr.bin$/,
      ),
    });
    const page = await viewer.get(links[1]!).expect(200);
    expect(page.headers["content-type"]).toBe("application/octet-stream");
    expect((await eventsNow()).slice(before)).toMatchObject([
      {
        name: "mailbox.attachment_downloaded",
        after: { file: expect.stringContaining("Plan"), bytes: expect.any(Number) },
      },
      { name: "mailbox.attachment_downloaded", after: { file: "page.html" } },
    ]);
    for (const part of ["9", "1.1.1", "TEXT", "HEADER", "..", "1%20BODY[]"])
      await viewer.get(links[0]!.replace(/attachments\/[^?]+/, `attachments/${part}`)).expect(404);
  });
});

describe("M12 who reads a mailbox", () => {
  test("M12 its reader reads this one only: another is 403, a neighbour's 404, an archived one 409", async () => {
    await reader.get(at()).expect(200);
    const path = await pathOf("Letter 3", "INBOX", reader);
    await reader.get(path).expect(200);
    const other = await connected(account);
    const neighbours = await connected(await create.account());
    const { user } = await create.colleague(account, ["mailboxes.view", "users.view"]);
    const nobody = await browserOf(user, account);
    const doors = (mailbox: Mailbox) =>
      ["", "/3", "/3/body?ticket=x", "/3/attachments/1"].map((door) => at(door, mailbox));
    for (const door of doors(other)) await reader.get(door).expect(403);
    for (const door of doors(neighbours)) for (const browser of [reader, viewer]) await browser.get(door).expect(404);
    for (const door of doors(box)) await nobody.get(door).expect(403);
    for (const door of doors(box)) expect((await new Browser().get(door)).status).toBe(303);
    await reader.post(at("/3/remote-content", other)).expect(403);
    await viewer.post(at("/3/remote-content", neighbours)).expect(404);

    await db.update(mailboxes).set({ archivedAt: sql`now()` }).where(eq(mailboxes.id, other.id));
    for (const door of doors(other)) expect((await viewer.get(door).expect(409)).text).toContain("archived");
  });

  test("M12 a server that is not reached is said in words, and nothing is written down", async () => {
    const before = (await eventsNow()).length;
    const cases: [Mailbox, string][] = [
      [await connected(account, { port: 1 }), "The server takes no connections at this port."],
      [await connected(account, { password: seal("wrong") }), "does not take this user name with this password"],
      [await create.mailbox(account), "This mailbox is not connected to a mail server."],
    ];
    for (const [mailbox, words] of cases) {
      expect((await viewer.get(at("", mailbox)).expect(200)).text).toContain(words);
      for (const door of ["/1", "/1/attachments/1"])
        expect((await viewer.get(at(door, mailbox)).expect(409)).text).toContain(words);
    }
    expect((await eventsNow()).length).toBe(before);
  });
});

describe("M12 by API", () => {
  let api: Program;
  let readers: Program;
  beforeAll(async () => {
    api = await programOf(account, viewerUser);
    readers = await programOf(account, readerUser);
  });
  const path = (below: string, mailbox = box) => `/mailboxes/${mailbox.id}${below}`;
  /** The message with this subject in the folder of odd ones, as it is answered. */
  const message = async (subject: string, who = api) => {
    const { data } = (await who.get(path("/messages?folder=Odd&limit=100")).expect(200)).body;
    const { uid } = data.find((line: { subject: string }) => line.subject.startsWith(subject));
    return who.get(path(`/messages/${uid}?folder=Odd`)).expect(200);
  };

  test("M12 folders, and messages page by page by UID, searched by the server; nothing is marked as read", async () => {
    const { data } = (await api.get(path("/folders")).expect(200)).body;
    expect(data.slice(0, 2)).toEqual([expect.objectContaining({ path: "INBOX", name: "Inbox" }), expect.anything()]);
    expect(data.map((each: { path: string }) => each.path)).toContain("Odd");
    const first = await readers.get(path("/messages?limit=2")).expect(200);
    expect(first.body.data.map((line: { subject: string }) => line.subject)).toEqual(["Letter 56", "Letter 55"]);
    expect(first.body.data[0]).toMatchObject({ uid: 56, unread: true, attachments: false, from: "Ana" });
    const [, next] = /<[^>]*\/api\/v1(\/[^>]+)>; rel="next"/.exec(first.headers.link!)!;
    await dovecot!.deliver(address, letter({ subject: "Letter 57", text: "new" }));
    const second = (await readers.get(next!).expect(200)).body;
    expect(second.data.map((line: { uid: number }) => line.uid)).toEqual([54, 53]);
    const found = (await api.get(path("/messages?q=Text+5&limit=1")).expect(200)).body;
    const rest = (await api.get(path(`/messages?q=Text+5&cursor=${found.next}`)).expect(200)).body;
    expect([...found.data, ...rest.data].map((line: { uid: number }) => line.uid)).toEqual([55, 54, 53, 52, 51, 50, 5]);
    expect(rest.next).toBeNull();
    for (const q of ['"', "a\r\nb LOGOUT", "{5}"])
      await api.get(path(`/messages?q=${encodeURIComponent(q)}`)).expect(200);
    for (const folder of ["Nowhere", "../../etc", "INBOX\r\nA1 LOGOUT", "%"]) {
      await api.get(path(`/messages?folder=${encodeURIComponent(folder)}`)).expect(404);
      await api.get(path(`/messages/1?folder=${encodeURIComponent(folder)}`)).expect(404);
    }
    for (const uid of ["0", "-1", "4294967296", "x", "1e3", "99999"])
      await api.get(path(`/messages/${uid}`)).expect(404);
    await api.get(path("/messages/7")).expect(200);
    const { data: after } = (await api.get(path("/messages?q=Text+7")).expect(200)).body;
    expect(after).toMatchObject([{ uid: 7, unread: true }]);
  });

  test("M12 T66 a message is headers, texts and what is attached; its HTML is clean, and nothing of it is kept by anybody", async () => {
    const remote = await message("Remote");
    expect(remote.headers["cache-control"]).toBe("no-store");
    expect(remote.body).toMatchObject({
      ...{ folder: "Odd", subject: "Remote", text: null, cut: false },
      from: [{ name: "Ana", address: "ana@elsewhere.test" }],
      headers: expect.arrayContaining([{ name: "Subject", value: "Remote" }]),
    });
    expect(remote.body.html).toContain("secret words");
    expect(remote.body.html).not.toMatch(/<script|onerror|tracker\.example|<img|data:/);
    const plain = await api.get(path("/messages/7")).expect(200);
    expect(plain.body).toMatchObject({ subject: "Letter 7", text: expect.stringContaining("Text 7"), html: null });

    const attached = (await message("Attached")).body;
    expect(attached.attachments).toMatchObject([
      { part: "2", type: "application/pdf", bytes: expect.any(Number), mayRun: false },
      { name: "page.html", mayRun: true },
      { name: "invoice.pdf.exe", mayRun: true },
    ]);
    expect(JSON.stringify(attached)).not.toContain("alert(1)");
    expect(attached.attachments[0].name).not.toContain("\u202e");
    const others = letters.flatMap(([folder, raw]) =>
      folder === "Odd" ? (/^Subject: ([\w ]+)\r?$/m.exec(raw.toString())?.[1] ?? []) : [],
    );
    expect(others.length).toBeGreaterThan(5);
    for (const subject of others) expect((await message(subject)).body.html ?? "").not.toMatch(/<script|onerror=/);
  });

  test("X12 each view stands in the log that the mailbox’s owner reads, under maker and program, and nothing of its words", async () => {
    const { user: keeper, member } = await create.colleague(account);
    await create.grant(member, { systemRole: "mailbox_owner" }, box);
    const before = (await eventsNow()).length;
    // The person has been here within the hour; their program is a stranger all the same.
    await viewer.get(at()).expect(200);
    for (const below of ["/folders", "/messages", "/messages", "/messages/9", "/messages/9"])
      await api.get(path(below)).expect(200);
    const seen = (await eventsNow()).slice(before).filter(({ actorLabel }) => actorLabel.includes("(via Payroll)"));
    expect(seen.map(({ name }) => name)).toEqual([
      ...["mailbox.opened", "mailbox.message_viewed", "mailbox.message_viewed"],
    ]);
    expect(seen.at(-1)).toMatchObject({
      ...{ actorId: viewerUser.id, subjectId: box.id },
      after: { folder: "INBOX", uid: 9, messageId: "<letter-9@acme.test>" },
    });
    expect(JSON.stringify(seen.map(({ after }) => after))).not.toMatch(/Letter 9|Text 9/);
    const owners = await browserOf(keeper, account);
    const page = (await owners.get(`/admin/mailboxes/${box.id}/activity`).expect(200)).text;
    expect(page.match(/\(via Payroll\)/g)!.length).toBeGreaterThanOrEqual(3);
    const lines = (await (await programOf(account, keeper)).get(path("/activity?kind=read")).expect(200)).body.data;
    expect(lines[0]).toMatchObject({ name: "mailbox.message_viewed", message: { folder: "INBOX", uid: 9 } });
    expect(lines[0].who).toContain("(via Payroll)");
  });

  test("X12 where the view cannot be written down, nothing is answered", async () => {
    await db.execute(
      sql`create or replace function no_event() returns trigger language plpgsql as $$ begin raise 'full'; end $$`,
    );
    await db.execute(sql`create trigger no_event before insert on events for each row execute function no_event()`);
    try {
      for (const below of ["/folders", "/messages", "/messages/9"]) {
        const answer = await api.get(path(below)).expect(500);
        expect(answer.text).not.toMatch(/Letter|Text 9|Inbox/);
      }
    } finally {
      await db.execute(sql`drop trigger no_event on events`);
    }
    await api.get(path("/messages/9")).expect(200);
  });

  test("M12 T58 T49 without the right on this mailbox 403, a neighbour’s 404, archived or not reached 409, and no event", async () => {
    const other = await connected(account);
    const neighbours = await connected(await create.account());
    const lost = await connected(account, { port: 1 });
    const shut = await connected(account);
    await db.update(mailboxes).set({ archivedAt: sql`now()` }).where(eq(mailboxes.id, shut.id));
    const nobody = await programOf(account, (await create.colleague(account, ["mailboxes.view"])).user);
    const narrow = await programOf(account, viewerUser, ["mailboxes.view", "logs.view"]);
    const before = (await eventsNow()).length;
    for (const below of ["/folders", "/messages", "/messages/3"]) {
      await readers.get(path(below, other)).expect(403);
      for (const who of [nobody, narrow]) await who.get(path(below)).expect(403);
      for (const who of [api, readers]) await who.get(path(below, neighbours)).expect(404);
      expect((await api.get(path(below, lost)).expect(409)).body.detail).toBe(
        "The server takes no connections at this port.",
      );
      expect((await api.get(path(below, shut)).expect(409)).body.detail).toContain("archived");
    }
    expect((await eventsNow()).length).toBe(before);
    const { connection } = (await api.get(`/mailboxes/${lost.id}`).expect(200)).body;
    expect(connection).toMatchObject({ host: "127.0.0.1", port: 1, failure: "refused", failedAt: expect.any(String) });
  });
});
