import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { describe, expect, onTestFinished, test } from "vitest";
import { inLanguage } from "../src/i18n/t.ts";
import { findProgram, prepareProgram } from "../src/xlsx/program.ts";
import { readWorkbook } from "../src/xlsx/read.ts";
import { Unreadable, unreadableCodes } from "../src/xlsx/unreadable.ts";
import { unreadableWords } from "../src/xlsx/words.ts";
import { hostileWorkbooks } from "./support/hostile-workbooks.ts";
import { cellsOf, extraMegabytes, readAll, readers } from "./support/reading.ts";
import { row, sharedStrings, withSheet, workbookFrom, worksheet } from "./support/workbook-parts.ts";
import { inPieces } from "./support/workbooks.ts";

const failure = async (work: Promise<unknown>) => {
  try {
    await work;
  } catch (error) {
    return error;
  }
  throw new Error("nothing was refused");
};
const manyPeople = (rows: number) =>
  withSheet(
    worksheet(
      Array.from({ length: rows }, (_, i) => row(i + 1, [`First ${i}`, `Last ${i}`, `p${i}@acme.test`])).join(""),
    ),
  );

describe("a workbook that is refused", () => {
  for (const [name, { ids, make, code, limit, limits }] of Object.entries(hostileWorkbooks)) {
    test(`${ids} ${name}: ${code}`, async () => {
      const bytes = make();
      const temporary = readdirSync(tmpdir()).filter((file) => !file.startsWith("vitest"));
      let error: unknown;
      const started = performance.now();
      const extra = await extraMegabytes(async () => {
        error = await failure(
          (async () => {
            for await (const batch of readWorkbook(inPieces(bytes), { limits }))
              expect(batch.length).toBeLessThan(5_000);
          })(),
        );
      });
      expect(error).toBeInstanceOf(Unreadable);
      expect((error as Unreadable).code).toBe(code);
      const { what, remedy } = unreadableWords(code, (error as Unreadable).values);
      expect(`${what} ${remedy}`).not.toMatch(/[{}]|undefined|NaN/);
      if (limit) expect(what).toContain(limit);
      expect(performance.now() - started).toBeLessThan(60_000);
      expect(extra).toBeLessThan(100);
      expect(readers()).toEqual([]);
      expect(readdirSync(tmpdir()).filter((file) => !temporary.includes(file) && /xlsx|sheet|zip/i.test(file))).toEqual(
        [],
      );
    }, 90_000);
  }

  test("every reason has its words, in both languages, and an unknown one reads as damage", () => {
    const values = { limit: "2000000", part: "xl/a.xml", sheet: "Users", row: "7" };
    for (const code of unreadableCodes) {
      const english = unreadableWords(code, values);
      const german = inLanguage({ locale: "de" }, () => unreadableWords(code, values));
      expect(`${english.what}${english.remedy}${german.what}${german.remedy}`).not.toMatch(/[{}]/);
      expect(german.what).not.toBe(english.what);
    }
    expect(unreadableWords("toString")).toEqual(unreadableWords("damaged"));
    expect(unreadableWords("too_many_rows", values).what).toContain("2,000,000");
  });
});

describe("the process that reads", () => {
  test("T79 knows nothing, may read its own program only, and holds back what nobody fetches", async () => {
    const reading = readWorkbook(inPieces(manyPeople(20_000)));
    await reading.next();
    const [child] = readers();
    const flags = child!.file("cmdline").split("\0");
    expect(child!.file("environ")).toBe("");
    expect(readlinkSync(`/proc/${child!.pid}/cwd`)).toBe("/");
    expect(flags).toContain("--permission");
    expect(flags.some((flag) => /^--allow-(fs-write|child|worker|addons|wasi)/.test(flag))).toBe(false);
    const readable = flags.filter((flag) => flag.startsWith("--allow-fs-read=")).map((flag) => flag.slice(16));
    const own = /\/(src\/xlsx(-parts|-sheets)?|\.cache\/reader\/[0-9a-f]{32}|node_modules\/(saxes|xmlchars))\/\*$/;
    expect(readable.filter((path) => !own.test(path))).toEqual([]);
    expect(flags).toContain("--max-old-space-size=128");
    await reading.return(undefined);
    expect(readers()).toEqual([]);
  });

  test("reads the same whether a build has prepared its program or not", async () => {
    // Below the packages, where it finds those that it needs.
    const folder = mkdtempSync(new URL("../.cache/program-", import.meta.url).pathname);
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const bare = findProgram(folder);
    expect(bare.entry).toMatch(/\/src\/xlsx\/child\.ts$/);
    // Twice is as good as once.
    prepareProgram(folder);
    prepareProgram(folder);
    const prepared = findProgram(folder);
    expect(prepared.entry.startsWith(folder)).toBe(true);
    const bytes = manyPeople(3);
    expect(await readAll(bytes, { program: bare })).toEqual(await readAll(bytes, { program: prepared }));
    expect(cellsOf(await readAll(bytes))).toContainEqual(["First 2", "Last 2", "p2@acme.test"]);
  });

  test("T79 is ended when it takes too long, and that is said", async () => {
    const error = await failure(readAll(manyPeople(100_000), { seconds: 0.2 }));
    expect(error).toMatchObject({ code: "too_long", values: { limit: "0.2" } });
    expect(readers()).toEqual([]);
  });

  test("T79 may wait for whoever fetches, as long as that takes", async () => {
    const reading = readWorkbook(inPieces(manyPeople(10_000)), { seconds: 3 });
    let rows = 0;
    for await (const batch of reading) {
      if (rows === 0) await new Promise((resolve) => setTimeout(resolve, 3_500));
      rows += batch.length;
    }
    expect(rows).toBe(10_001);
  });

  test("T79 is ended when it takes too much memory: by its own limit, and by what it holds", async () => {
    expect(await failure(readAll(workbookFrom(), { megabytes: 1 }))).toMatchObject({ code: "too_big" });
    // Strings are kept outside the heap: only the watch over all its memory sees them.
    const text = () => randomBytes(500).toString("hex").repeat(20);
    const strings = sharedStrings(...Array.from({ length: 6_000 }, text));
    const held = workbookFrom({ strings });
    expect(await failure(readAll(held, { megabytes: 110, limits: { stringBytes: 2 ** 30 } }))).toMatchObject({
      code: "too_big",
      values: { limit: "110" },
    });
    expect(readers()).toEqual([]);
  });

  test("T79 is ended when the job is", async () => {
    const abort = new AbortController();
    const reading = readWorkbook(inPieces(manyPeople(20_000)), { signal: abort.signal });
    await reading.next();
    const stopped = new Error("the worker is going down");
    abort.abort(stopped);
    const fetchRest = async () => {
      for await (const _ of reading);
    };
    expect(await failure(fetchRest())).toBe(stopped);
    expect(readers()).toEqual([]);
    expect(await failure(readAll(workbookFrom(), { signal: abort.signal }))).toBe(stopped);
  });

  test("T82 killed by the system means too big for it: not tried again for ever", async () => {
    const reading = readWorkbook(inPieces(manyPeople(50_000)));
    await reading.next();
    process.kill(readers()[0]!.pid, "SIGKILL");
    const fetchRest = async () => {
      for await (const _ of reading);
    };
    expect(await failure(fetchRest())).toMatchObject({ code: "too_big" });
  });

  test("what fails outside of the file is no verdict on it", async () => {
    const lost = new Error("connection lost");
    async function* broken() {
      yield workbookFrom().subarray(0, 500);
      throw lost;
    }
    const fetchAll = async () => {
      for await (const _ of readWorkbook(broken()));
    };
    expect(await failure(fetchAll())).toBe(lost);
    expect(readers()).toEqual([]);
  });

  test("says how far it is and what it took", async () => {
    const done: number[] = [];
    let figures: unknown;
    await readAll(manyPeople(5_000), { onProgress: (part) => done.push(part), onEnd: (end) => (figures = end) });
    expect(done.length).toBeGreaterThan(3);
    expect(done).toEqual(done.toSorted((a, b) => a - b));
    expect(done.at(-1)).toBeGreaterThan(0.9);
    expect(figures).toMatchObject({ sheets: 1, rows: 5_000, peakBytes: expect.any(Number) });
  });

  test("T79 X5 20,000 people on seven sheets stay within 256 MB here and there", async () => {
    const rows = (cells: (i: number) => string[], from = 1) =>
      worksheet(Array.from({ length: 20_000 }, (_, i) => row(i + from, cells(i))).join(""));
    const rights = rows((i) => [`person.number${i}@acme.test`, "Reader", "mail.read, mail.send"], 3);
    const people = rows((i) => [`First ${i % 5_000}`, `Last ${i}`, `person.number${i}@acme.test`, "Y"]);
    const names = ["Account", "Mailbox 1", "Mailbox 2", "Mailbox 3", "Mailbox 4", "Mailbox 5"];
    const bytes = workbookFrom({
      sheets: [{ name: "Users", xml: people }, ...names.map((name) => ({ name, xml: rights }))],
    });
    let count = 0;
    let peak = 0;
    const started = performance.now();
    const extra = await extraMegabytes(async () => {
      const options = { onEnd: ({ peakBytes }: { peakBytes: number }) => (peak = peakBytes / 1024 / 1024) };
      for await (const batch of readWorkbook(inPieces(bytes), options)) count += batch.length;
    });
    const seconds = (performance.now() - started) / 1000;
    console.log(
      `140,000 rows of 7 sheets: ${seconds.toFixed(1)} s, ${(count / seconds).toFixed(0)} rows/s; ` +
        `reader ${peak.toFixed(0)} MB, here +${extra.toFixed(0)} MB`,
    );
    expect(count).toBe(140_007);
    expect(peak).toBeGreaterThan(40);
    expect(peak).toBeLessThan(256);
    expect(extra).toBeLessThan(150);
  }, 120_000);
});
