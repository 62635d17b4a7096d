import "./support/outbox.ts";
import { randomBytes } from "node:crypto";
import { readdirSync } from "node:fs";
import { request as ask, createServer } from "node:http";
import { connect } from "node:net";
import { sql } from "drizzle-orm";
import express from "express";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { createApp } from "../src/app.ts";
import { db } from "../src/db/client.ts";
import { storeFile } from "../src/files/store.ts";
import { receiveUpload } from "../src/http/upload.ts";
import { admin, type Browser, browserOf, origin } from "./support/browser.ts";
import { changesOf, create } from "./support/world.ts";

/** The application at a port of its own: for requests that no library would send. */
const server = createServer(createApp()).listen(0);
afterAll(() => void server.close());

/** Something that begins as every .xlsx does: whether it is a workbook is found out by the check, not by the upload. */
const zip = (size = 3000) => Buffer.concat([Buffer.from("PK\u0003\u0004"), randomBytes(size)]);

const send = (browser: Browser, bytes: Buffer, name = "people.xlsx", field = "file") =>
  browser.agent
    .post(`/admin/imports?_account=${browser.accountId}`)
    .redirects(0)
    .set("Origin", origin)
    .attach(field, bytes, name);

/** What the page says, without its frame. */
const words = ({ text }: { text: string }) =>
  text
    .slice(Math.max(0, text.indexOf("<main")))
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ");

const counts = async () => {
  const [row] = await db.execute(sql`select (select count(*)::int from files) as files,
    (select count(*)::int from file_chunks) as chunks, (select count(*)::int from imports) as imports,
    (select count(*)::int from graphile_worker._private_jobs) as jobs`);
  return row as { files: number; chunks: number; imports: number; jobs: number };
};
const nothing = { files: 0, chunks: 0, imports: 0, jobs: 0 };

/** A request as bytes on the line, to be cut, twisted and dropped; answers what came back before the line was closed. */
async function raw(browser: Browser, body: Buffer, more: { headers?: string[]; length?: number; cut?: boolean } = {}) {
  const { port } = server.address() as { port: number };
  const cookie = browser.agent.jar.getCookies({
    domain: "127.0.0.1",
    path: "/",
    secure: false,
    script: false,
  } as never);
  return new Promise<string>((resolve) => {
    let answer = "";
    const socket = connect(port, "127.0.0.1", () => {
      const head = [
        `POST /admin/imports?_account=${browser.accountId} HTTP/1.1`,
        "Host: localhost",
        `Origin: ${origin}`,
        `Cookie: ${cookie.toValueString()}`,
        "Connection: close",
        `Content-Length: ${more.length ?? body.length}`,
        ...(more.headers ?? ["Content-Type: multipart/form-data; boundary=edge"]),
      ];
      socket.write(`${head.join("\r\n")}\r\n\r\n`);
      socket.write(body, () => more.cut && setTimeout(() => socket.destroy(), 5));
    });
    socket.on("data", (data) => (answer += data));
    socket.on("error", () => {});
    socket.on("close", () => resolve(answer));
  });
}

const part = (disposition: string, bytes: Buffer | string, type = "application/octet-stream") =>
  Buffer.concat([
    Buffer.from(`--edge\r\nContent-Disposition: ${disposition}\r\nContent-Type: ${type}\r\n\r\n`),
    Buffer.from(bytes),
    Buffer.from("\r\n"),
  ]);
const end = Buffer.from("--edge--\r\n");
const filePart = (bytes: Buffer) => part('form-data; name="file"; filename="people.xlsx"', bytes);

const openFiles = () => readdirSync("/proc/self/fd").length;
const forgetLimits = () => db.execute(sql`delete from rate_limits`);

beforeEach(async () => {
  await db.execute(sql`delete from imports`);
  await db.execute(sql`delete from files`);
  await db.execute(sql`delete from graphile_worker._private_jobs`);
  await forgetLimits();
});

describe("who may upload", () => {
  test("works for who may import, and says what came", async () => {
    const { account, browser } = await admin("imports.run");
    const answer = await send(browser, zip(600_000), "Ärger & Söhne.xlsx");
    expect([answer.status, answer.headers.location]).toEqual([
      303,
      expect.stringMatching(/^\/admin\/imports\/[\w-]{36}$/),
    ]);
    expect(await counts()).toEqual({ files: 1, chunks: 3, imports: 1, jobs: 1 });
    const [row] = await db.execute(sql`select i.file_name, i.status, i.sha256 = f.sha256 as same, f.kind, f.size::int,
      i.file_id = f.id as linked, f.expires_at > now() + interval '29 days' as kept from imports i join files f on f.subject_id = i.id`);
    expect(row).toEqual({
      file_name: "Ärger & Söhne.xlsx",
      status: "queued",
      same: true,
      kind: "upload",
      size: 600_004,
      linked: true,
      kept: true,
    });
    expect(await changesOf(account.id)).toEqual(["import.uploaded"]);
    const page = await browser.get(answer.headers.location!).expect(200);
    expect(page.text).toContain("Waiting to be checked");
  });

  test("T46 nothing of the body is kept without the right, the account or the right origin", async () => {
    const { account } = await admin("owner");
    const viewer = await browserOf((await create.colleague(account, ["viewer"])).user, account);
    expect((await send(viewer, zip())).status).toBe(403);
    const { browser } = await admin("owner");
    browser.accountId = account.id;
    expect((await send(browser, zip())).status).toBe(409);
    browser.accountId = "";
    expect((await send(browser, zip())).status).toBe(409);
    const other = await admin("owner");
    const path = `/admin/imports?_account=${other.account.id}`;
    for (const from of ["https://evil.test", "null"]) {
      const answer = await other.browser.agent
        .post(path)
        .redirects(0)
        .set("Origin", from)
        .attach("file", zip(), "a.xlsx");
      expect(answer.status).toBe(403);
    }
    // The account in the form itself does not count: it would have to be read first.
    const inside = await other.browser.agent
      .post("/admin/imports")
      .redirects(0)
      .set("Origin", origin)
      .field("_account", other.account.id)
      .attach("file", zip(), "a.xlsx");
    expect(inside.status).toBe(409);
    expect(await counts()).toEqual(nothing);
  });

  test("T46 is decided while the sender still sends: a body that never ends is not waited for", async () => {
    const { browser } = await admin("owner");
    const started = Date.now();
    const answer = await raw(browser, Buffer.alloc(1000), {
      length: 20_000_000,
      headers: ["Content-Type: multipart/form-data; boundary=edge", "Sec-Fetch-Site: cross-site"],
    });
    expect(answer).toMatch(/^HTTP\/1\.1 403 /);
    expect(Date.now() - started).toBeLessThan(8000);
    expect(await counts()).toEqual(nothing);
  }, 15_000);
});

describe("what is taken", () => {
  test("T75 A57 only .xlsx, by name and by first bytes; nothing else is kept, and the page says why", async () => {
    const { browser } = await admin("owner");
    const others: [Buffer, string, RegExp][] = [
      [Buffer.alloc(0), "people.xlsx", /This file is empty/],
      [Buffer.from("PK"), "people.xlsx", /This is not a workbook/],
      [Buffer.from("First Name,Last Name\r\nAna,Ortiz"), "people.xlsx", /This is not a workbook/],
      [Buffer.from("<html><table></table></html>"), "people.xlsx", /This is not a workbook/],
      [Buffer.from("d0cf11e0a1b11ae1", "hex"), "people.xlsx", /This is not a workbook/],
      [zip(), "people.xls", /Only \.xlsx is taken/],
      [zip(), "people.xlsm", /Only \.xlsx is taken/],
      [zip(), "people.xlsx.exe", /Only \.xlsx is taken/],
      [zip(), "people", /Only \.xlsx is taken/],
    ];
    for (const [bytes, name, said] of others) {
      const answer = await send(browser, bytes, name);
      expect([name, answer.status]).toEqual([name, 422]);
      expect(words(answer)).toMatch(said);
      await forgetLimits();
    }
    expect((await send(browser, zip(), "people.xlsx", "other")).text).toMatch(/Choose a file first/);
    const empty = await browser.post("/admin/imports", {});
    expect([empty.status, words(empty)]).toEqual([422, expect.stringMatching(/Choose a file first/)]);
    expect(await counts()).toEqual(nothing);
    expect((await send(browser, zip(), "PEOPLE.XLSX")).status).toBe(303);
  });

  test("T75 a file over the limit is refused with the limit named: at once where it says so, else while it arrives", async () => {
    const { browser } = await admin("owner");
    const cookie = browser.agent.jar.getCookies({ domain: "127.0.0.1", path: "/" } as never).toValueString();
    const { port } = server.address() as { port: number };
    const headers = { Origin: origin, Cookie: cookie, "Content-Type": "multipart/form-data; boundary=edge" };
    const path = `/admin/imports?_account=${browser.accountId}`;
    const body = Buffer.concat([filePart(zip(27 * 1024 * 1024)), end]);
    const answerTo = (more: object) =>
      new Promise<{ status: number; text: string }>((resolve, reject) => {
        const request = ask({ port, path, method: "POST", headers: { ...headers, ...more } }, (response) => {
          let text = "";
          response.on("data", (data) => (text += data));
          response.on("end", () => resolve({ status: response.statusCode!, text }));
        });
        request.on("error", reject).end(body);
      });
    for (const more of [{ "Content-Length": body.length }, { "Transfer-Encoding": "chunked" }]) {
      const answer = await answerTo(more);
      expect([answer.status, words(answer)]).toEqual([413, expect.stringMatching(/larger than 25 MB/)]);
      expect(await counts()).toEqual(nothing);
    }
  }, 60_000);

  test("T76 forms that nobody's browser sends end with 4xx, leave nothing, and the process lives", async () => {
    const { browser } = await admin("owner");
    const good = zip();
    const bodies: [string, Buffer, string[]?][] = [
      ["no boundary", Buffer.concat([filePart(good), end]), ["Content-Type: multipart/form-data"]],
      ["an empty boundary", Buffer.concat([filePart(good), end]), ["Content-Type: multipart/form-data; boundary="]],
      ["another boundary", Buffer.concat([filePart(good), end]), ["Content-Type: multipart/form-data; boundary=other"]],
      ["nothing", Buffer.alloc(0)],
      ["only an end", end],
      ["no end", filePart(good)],
      ["an empty field name", Buffer.concat([part('form-data; name=""; filename="a.xlsx"', good), end])],
      ["no field name", Buffer.concat([part('form-data; filename="a.xlsx"', good), end])],
      ["no disposition", Buffer.concat([Buffer.from("--edge\r\n\r\n"), good, Buffer.from("\r\n"), end])],
      ["a proto field", Buffer.concat([part('form-data; name="__proto__"', "x"), end])],
      ["no file name", Buffer.concat([part('form-data; name="file"', good), end])],
      ["two files", Buffer.concat([filePart(good), filePart(good), end])],
      [
        "many fields",
        Buffer.concat([...Array(50).fill(part('form-data; name="a"', "x", "text/plain")), filePart(good), end]),
      ],
      [
        "a huge header",
        Buffer.concat([part(`form-data; name="file"; filename="${"a".repeat(50_000)}.xlsx"`, good), end]),
      ],
      ["a broken header", Buffer.from('--edge\r\nContent-Disposition form-data; name="file"\r\n\r\nx\r\n--edge--\r\n')],
      [
        "a broken part after the file",
        Buffer.concat([filePart(good), Buffer.from("--edge\r\nContent-Disposition: form-data; na")]),
      ],
      [
        "line feeds only",
        Buffer.from(
          '--edge\nContent-Disposition: form-data; name="file"; filename="a.xlsx"\n\nPK\u0003\u0004\n--edge--\n',
        ),
      ],
    ];
    for (const [name, body, headers] of bodies) {
      const answer = await raw(browser, body, { headers });
      expect([name, answer.slice(0, 12)]).toEqual([name, expect.stringMatching(/^HTTP\/1\.1 4\d\d/)]);
      await forgetLimits();
    }
    expect(await counts()).toEqual(nothing);
    expect((await send(browser, good)).status).toBe(303);
  }, 60_000);

  test("T76 a connection that is dropped half-way, five hundred times, leaves no file, no descriptor and no process behind", async () => {
    const { browser } = await admin("owner");
    const body = Buffer.concat([filePart(zip(700_000)), end]);
    const once = async (length: number) => {
      await raw(browser, body.subarray(0, length), { length: body.length, cut: true });
      await forgetLimits();
    };
    for (let i = 0; i < 10; i++) await once(1 + 60_000 * i);
    const before = openFiles();
    for (let i = 0; i < 490; i += 10)
      await Promise.all(Array.from({ length: 10 }).map(() => once(1 + Math.floor((body.length - 2) * Math.random()))));
    for (let waited = 0; waited < 50 && (await counts()).files > 0; waited++)
      await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await counts()).toEqual(nothing);
    expect(openFiles() - before).toBeLessThan(12);
    // Somebody else: the last of those that were dropped may still be counted.
    expect((await send((await admin("owner")).browser, zip())).status).toBe(303);
  }, 120_000);

  test("T75 a file that does not arrive in time is let go, and leaves nothing", async () => {
    const { account, user } = await admin("owner");
    const app = express().post("/", async (req, res) => {
      const order = {
        accountId: account.id,
        kind: "upload",
        subjectId: user.id,
        name: "a",
        mediaType: "x/y",
        days: 1,
      } as const;
      const limits = { field: "file", megabytes: 1, seconds: 1 };
      const end = await receiveUpload(req, limits, ({ bytes }) => storeFile(order, bytes)).catch((error) => error);
      res.status(end.status ?? 200).send(end.message ?? "kept");
    });
    const slow = createServer(app).listen(0);
    const { port } = slow.address() as { port: number };
    const headers = { "Content-Type": "multipart/form-data; boundary=edge" };
    const started = Date.now();
    const answer = await new Promise<{ status: number; text: string }>((resolve, reject) => {
      const request = ask({ port, method: "POST", headers }, (response) => {
        let text = "";
        response.on("data", (data) => (text += data));
        response.on("end", () => resolve({ status: response.statusCode!, text }));
      });
      request.on("error", reject).write(filePart(zip(400_000)));
    });
    expect([answer.status, answer.text]).toEqual([422, expect.stringContaining("did not arrive within 1 seconds")]);
    expect(Date.now() - started).toBeLessThan(5000);
    expect(await counts()).toEqual(nothing);
    slow.closeAllConnections();
    slow.close();
  }, 15_000);

  test("R14 when the database has no space, the upload ends with a clear error, leaves nothing, and goes through afterwards", async () => {
    const { browser } = await admin("owner");
    await db.execute(sql`create function full_disk() returns trigger language plpgsql as
      $$ begin raise exception 'No space left on device' using errcode = '53100'; end $$`);
    await db.execute(sql`create trigger full_disk before insert on file_chunks
      for each row when (new.position >= 2) execute function full_disk()`);
    const bytes = zip(1_000_000);
    const answer = await send(browser, bytes);
    await db.execute(sql`drop trigger full_disk on file_chunks`);
    expect([answer.status, words(answer)]).toEqual([503, expect.stringMatching(/Nothing was lost or changed/)]);
    expect(await counts()).toEqual(nothing);
    expect((await send(browser, bytes)).status).toBe(303);
  });
});

describe("how many are taken", () => {
  test("T92 a user uploads so many times a minute, and is told when to try again", async () => {
    const { browser } = await admin("owner");
    for (let i = 0; i < 6; i++) expect((await send(browser, Buffer.from("no"))).status).toBe(422);
    const answer = await send(browser, zip());
    expect([answer.status, words(answer)]).toEqual([429, expect.stringMatching(/Try again in \d+ (seconds|minute)/)]);
    expect(Number(answer.headers["retry-after"])).toBeGreaterThan(0);
    expect(await counts()).toEqual(nothing);
  });

  test("T92 an account makes so many imports an hour; what is refused for another reason does not count", async () => {
    const { account, browser } = await admin("owner");
    const another = async () => browserOf((await create.colleague(account, ["owner"])).user, account);
    // Nobody of them as often as one person may in a minute.
    const browsers = [browser, ...(await Promise.all([1, 2, 3, 4, 5].map(another)))];
    const settle = () => db.execute(sql`update imports set status = 'cancelled'`);
    for (let i = 0; i < 30; i++) {
      expect((await send(browsers[i % browsers.length]!, zip())).status).toBe(303);
      await settle();
    }
    for (const each of browsers) {
      const answer = await send(each, zip());
      expect([answer.status, words(answer)]).toEqual([
        429,
        expect.stringMatching(/30 workbooks are taken in an hour for one account.* Try again in \d+ minutes/),
      ]);
    }
    expect((await send((await admin("owner")).browser, zip())).status).toBe(303);
  }, 30_000);

  test("T92 four imports of an account are under way at most, whoever uploads; a neighbour's are not counted", async () => {
    const { account, browser } = await admin("owner");
    const second = await browserOf((await create.colleague(account, ["owner"])).user, account);
    const answers = await Promise.all([0, 1, 2, 3, 4, 5].map((i) => send(i % 2 ? browser : second, zip())));
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 303, 303, 303, 409, 409]);
    expect(answers.find(({ status }) => status === 409)!.text).toContain("4 imports of this account are under way");
    expect(await counts()).toMatchObject({ imports: 4, files: 4, jobs: 4 });
    expect((await send((await admin("owner")).browser, zip())).status).toBe(303);
    // One that waits for a person holds nobody up.
    await db.execute(sql`update imports set status = 'checked'`);
    await forgetLimits();
    expect((await send(browser, zip())).status).toBe(303);
  }, 30_000);
});

describe("R13 the same bytes twice", () => {
  test("R13 two at once are one import, and both senders are led to it", async () => {
    const { account, browser } = await admin("owner");
    const second = await browserOf((await create.colleague(account, ["owner"])).user, account);
    const bytes = zip(700_000);
    const answers = await Promise.all([
      send(browser, bytes),
      send(second, bytes, "copy of it.xlsx"),
      send(browser, bytes),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([303, 303, 303]);
    expect(new Set(answers.map(({ headers }) => headers.location)).size).toBe(1);
    expect(await counts()).toEqual({ files: 1, chunks: 3, imports: 1, jobs: 1 });
    const pages = await Promise.all([browser, second].map((each) => each.get(answers[0]!.headers.location!)));
    expect(pages.some(({ text }) => text.includes("has been uploaded already"))).toBe(true);
    expect(await changesOf(account.id)).toEqual(["import.uploaded"]);
  });

  test("R13 once that is over, the same bytes may be uploaded anew; another account's never count", async () => {
    const { browser } = await admin("owner");
    const bytes = zip();
    const first = await send(browser, bytes);
    for (const status of ["checking", "checked", "running", "failed"]) {
      await db.execute(sql`update imports set status = ${status}`);
      expect((await send(browser, bytes)).headers.location).toBe(first.headers.location);
    }
    await db.execute(sql`update imports set status = 'done'`);
    await forgetLimits();
    const again = await send(browser, bytes);
    expect(again.headers.location).not.toBe(first.headers.location);
    const elsewhere = await send((await admin("owner")).browser, bytes);
    expect(elsewhere.headers.location).not.toBe(again.headers.location);
    expect(await counts()).toMatchObject({ imports: 3, files: 3 });
  });
});
