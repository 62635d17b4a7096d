import "./support/outbox.ts";
import { createHash, randomBytes } from "node:crypto";
import { createServer, type Server } from "node:http";
import { connect } from "node:net";
import { setTimeout } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { sql } from "drizzle-orm";
import express from "express";
import supertest from "supertest";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { db } from "../src/db/client.ts";
import { isUnavailable } from "../src/db/errors.ts";
import { type FileKind, fileChunks, files } from "../src/db/files.ts";
import { fileFor, filesOf, readFile } from "../src/files/read.ts";
import { sendFile } from "../src/files/send.ts";
import { dropFiles, storeFile } from "../src/files/store.ts";
import { enqueue } from "../src/queue.ts";
import { runJobs } from "./support/outbox.ts";
import { type Account, create } from "./support/world.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

let account: Account;
let server: Server;

beforeAll(async () => {
  account = await create.account();
  const app = express();
  app.get("/:id", async (req, res) => sendFile(res, await fileFor(account.id, req.params.id)));
  server = createServer(app).listen(0);
});
afterAll(() => void server.close());

async function* pieces(bytes: Buffer, size: number) {
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

const order = (values: { subjectId?: string; kind?: FileKind; name?: string; part?: number; days?: number } = {}) => ({
  accountId: account.id,
  kind: "upload" as FileKind,
  subjectId: crypto.randomUUID(),
  name: "people.xlsx",
  mediaType: "application/octet-stream",
  days: 30,
  ...values,
});

async function whole(id: string): Promise<Buffer> {
  const read: Buffer[] = [];
  for await (const chunk of readFile(id)) read.push(chunk);
  return Buffer.concat(read);
}

const sweep = async () => {
  await db.transaction((tx) => enqueue(tx, "sweep_leftovers", {}));
  await runJobs();
};

const chunkSize = 256 * 1024;

describe("keeping a file", () => {
  test("R15 whatever its size and however it arrives, the same bytes come back from the database", async () => {
    for (const [size, step] of [
      [0, 1],
      [1, 1],
      [chunkSize, 1000],
      [chunkSize + 1, chunkSize],
      [3 * chunkSize + 77, 65_537],
      [2_000_000, 1_500_000],
    ] as const) {
      const bytes = randomBytes(size);
      const file = await storeFile(order(), pieces(bytes, step));
      expect(file).toMatchObject({ size, sha256: createHash("sha256").update(bytes).digest("hex") });
      expect((await whole(file.id)).equals(bytes)).toBe(true);
      const chunks = await db.execute<{ length: number }>(
        sql`select octet_length(bytes) as length from file_chunks where file_id = ${file.id} order by position`,
      );
      expect(Math.max(0, ...chunks.map(({ length }) => length))).toBeLessThanOrEqual(chunkSize);
    }
  });

  test("R14 a stream that breaks off leaves nothing behind, and says why", async () => {
    const before = [await db.$count(files), await db.$count(fileChunks)];
    async function* broken() {
      yield randomBytes(700_000);
      throw new Error("the sender went away");
    }
    await expect(storeFile(order(), broken())).rejects.toThrow("the sender went away");
    expect([await db.$count(files), await db.$count(fileChunks)]).toEqual(before);
  });

  test("R14 a database without space left leaves nothing behind, and is not taken for our fault", async () => {
    const before = [await db.$count(files), await db.$count(fileChunks)];
    await db.execute(sql`create function full_disk() returns trigger language plpgsql as
      $$ begin raise exception 'could not extend file: No space left on device' using errcode = '53100'; end $$`);
    await db.execute(sql`create trigger full_disk before insert on file_chunks
      for each row when (new.position >= 2) execute function full_disk()`);
    const failed = await storeFile(order(), pieces(randomBytes(1_000_000), 100_000)).catch((error) => error);
    await db.execute(sql`drop trigger full_disk on file_chunks`);
    expect(isUnavailable(failed)).toBe(true);
    expect([await db.$count(files), await db.$count(fileChunks)]).toEqual(before);
    const again = await storeFile(order(), pieces(randomBytes(1_000_000), 100_000));
    expect(again.size).toBe(1_000_000);
  });

  test("R14 memory does not grow with the file", async () => {
    const piece = randomBytes(64 * 1024);
    const held: number[] = [];
    const look = async () => {
      collect();
      // What is collected outside the heap is counted off a little later.
      await setTimeout(50);
      collect();
      const { heapUsed, external } = process.memoryUsage();
      held.push(heapUsed + external);
    };
    async function* much() {
      for (let i = 0; i < 640; i++) {
        if (i % 160 === 159) await look();
        yield piece;
      }
    }
    const file = await storeFile(order(), much());
    let read = 0;
    for await (const chunk of readFile(file.id)) {
      read += chunk.length;
      if (read % (20 * 1024 * 1024) === 0) await look();
    }
    expect(read).toBe(40 * 1024 * 1024);
    expect(Math.max(...held) - held[0]!).toBeLessThan(16 * 1024 * 1024);
    await db.transaction((tx) => dropFiles(tx, file.subjectId));
  });

  test("nobody can fetch one that is still arriving, is over, or is a neighbour's", async () => {
    const subjectId = crypto.randomUUID();
    let open = () => {};
    const held = new Promise<void>((resolve) => (open = resolve));
    async function* slow() {
      yield randomBytes(300_000);
      await held;
    }
    const storing = storeFile(order({ subjectId }), slow());
    while ((await db.$count(fileChunks, sql`file_id in (select id from files where subject_id = ${subjectId})`)) === 0);
    expect(await filesOf(account.id, subjectId, "upload")).toEqual([]);
    open();
    const file = await storing;
    expect(await filesOf(account.id, subjectId, "upload")).toMatchObject([{ id: file.id }]);
    expect(await filesOf(account.id, subjectId, "before")).toEqual([]);
    expect(await filesOf((await create.account()).id, subjectId, "upload")).toEqual([]);
    await expect(fileFor((await create.account()).id, file.id)).rejects.toThrow(/nothing here/);
    await db.execute(sql`update files set expires_at = now() where id = ${file.id}`);
    expect(await filesOf(account.id, subjectId, "upload")).toEqual([]);
    await expect(fileFor(account.id, file.id)).rejects.toThrow(/nothing here/);
  });

  test("a part that was made twice counts once, the newest", async () => {
    const subjectId = crypto.randomUUID();
    await storeFile(order({ subjectId, part: 1 }), pieces(randomBytes(5), 5));
    const second = await storeFile(order({ subjectId, part: 2 }), pieces(randomBytes(5), 5));
    const first = await storeFile(order({ subjectId, part: 1 }), pieces(randomBytes(5), 5));
    const found = await filesOf(account.id, subjectId, "upload");
    expect(found.map(({ id }) => id)).toEqual([first.id, second.id]);
  });
});

describe("the cleaning", () => {
  test("T87 files go when their days are over, and those that never became whole after one", async () => {
    const made = async (name: string, change: ReturnType<typeof sql>) => {
      const file = await storeFile(order({ name }), pieces(randomBytes(600_000), 100_000));
      await db.execute(sql`update files set ${change} where id = ${file.id}`);
      return file.id;
    };
    const kept = await made("kept", sql`name = 'kept'`);
    const over = await made("over", sql`expires_at = now() - interval '1 second'`);
    const left = await made("left", sql`completed_at = null, created_at = now() - interval '25 hours'`);
    const young = await made("young", sql`completed_at = null, created_at = now() - interval '23 hours'`);
    await sweep();
    const rows = await db.execute<{ id: string }>(sql`select id from files`);
    const chunks = await db.execute<{ id: string }>(sql`select distinct file_id as id from file_chunks`);
    for (const found of [rows, chunks].map((all) => all.map(({ id }) => id))) {
      expect(found).toEqual(expect.arrayContaining([kept, young]));
      expect(found).not.toContain(over);
      expect(found).not.toContain(left);
    }
  });
});

describe("handing a file out", () => {
  test("T89 it is saved, never shown, whatever it is called", async () => {
    const names: [string, string][] = [
      ["people.xlsx", "people.xlsx"],
      ['O"Neill; "x".xlsx', "O Neill; x .xlsx"],
      ["a\r\nSet-Cookie: x=1.xlsx", "a Set-Cookie x=1.xlsx"],
      ["\u202exslx.exe", "xslx.exe"],
      ["שלום עולם.xlsx", "שלום עולם.xlsx"],
      ["Grün & 日本 (1) 'x'*.csv", "Grün & 日本 (1) 'x' .csv"],
      ["../../etc/passwd", "etc passwd"],
      ["\ud800.pdf", "\ufffd.pdf"],
      ["", "file"],
      [`${"a".repeat(300)}.xlsx`, `${"a".repeat(145)}.xlsx`],
    ];
    for (const [name, shown] of names) {
      const file = await storeFile(order({ name }), pieces(Buffer.from("PK"), 2));
      const answer = await supertest(server).get(`/${file.id}`).expect(200);
      const said = answer.headers["content-disposition"]!;
      const [, plain, extended] =
        /^attachment; filename="([\x20-\x7e]*)"; filename\*=UTF-8''([A-Za-z0-9!#$&+.^_`|~%-]+)$/.exec(said)!;
      expect(decodeURIComponent(extended!)).toBe(shown);
      expect(plain).not.toMatch(/["\\%]/);
      expect(answer.headers).toMatchObject({
        "content-security-policy": "sandbox; frame-ancestors 'none'",
        "x-content-type-options": "nosniff",
        "cache-control": "no-store",
        "content-length": "2",
      });
      expect(answer.headers["set-cookie"]).toBeUndefined();
    }
  });

  test("R15 a reader who leaves half-way ends the reading, and the server goes on", async () => {
    const file = await storeFile(order(), pieces(randomBytes(4_000_000), 400_000));
    const { port } = server.address() as { port: number };
    await new Promise<void>((resolve) => {
      const socket = connect(port, "127.0.0.1", () => socket.write(`GET /${file.id} HTTP/1.1\r\nHost: x\r\n\r\n`));
      socket.once("data", () => socket.destroy());
      socket.once("close", () => resolve());
    });
    const answer = await supertest(server).get(`/${file.id}`).buffer().expect(200);
    expect(answer.headers["content-length"]).toBe("4000000");
    await supertest(server).head(`/${file.id}`).expect(200).expect("content-length", "4000000");
  });
});
