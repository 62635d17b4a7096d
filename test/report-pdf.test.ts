import { createHook } from "node:async_hooks";
import { describe, expect, test } from "vitest";
import { type PdfAbout, type PdfRow, writePdf } from "../src/report-pdf/write-pdf.ts";
import { readPdf } from "./support/pdf.ts";

const about: PdfAbout = {
  account: "Acme Mail & Söhne",
  filterWords: ["Status: active", "Role: Viewer"],
  orderedBy: "Name",
  at: new Date("2026-11-22T09:12:00Z"),
  timeZone: "Europe/Berlin",
  locale: "en",
  region: "",
  total: 0,
  byStatus: [
    { label: "Active", count: 1234 },
    { label: "Blocked", count: 4 },
  ],
  byRole: [
    { label: "Administrator", count: 12 },
    { label: "Viewer", count: 1200 },
  ],
};

const person = (n: number): PdfRow => ({
  name: `Ada Lovelace ${n}`,
  email: `person${n}@acme.test`,
  corporate: n % 2 === 0,
  status: "Active",
  rights: ["Viewer"],
  mailboxes: ["Press"],
  createdAt: new Date("2026-03-12T10:00:00Z"),
  lastSignInAt: n % 2 === 0 ? new Date("2026-06-01T22:30:00Z") : null,
});

async function* inBatches(rows: PdfRow[], size = 250) {
  for (let at = 0; at < rows.length; at += size) yield rows.slice(at, at + size);
}

async function bytesOf(rows: PdfRow[], with_: Partial<PdfAbout> = {}): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  await writePdf({ ...about, total: rows.length, ...with_ }, inBatches(rows), async (chunk) => {
    chunks.push(chunk);
  });
  return Buffer.concat(chunks);
}

const document = async (rows: PdfRow[], with_: Partial<PdfAbout> = {}) => readPdf(await bytesOf(rows, with_));
const named = (...names: string[]) => names.map((name, n) => ({ ...person(n), name }));

/** Without spaces and joiners: where an extractor puts spaces is its own guess. */
const bare = (text: string) => text.normalize("NFKC").replace(/\s|\u200d|\ufe0f/g, "");

/** Every letter and sign of the scripts that join or bear marks, each with marks that most of them never bear. */
function oddlyMarked(): string[] {
  const blocks = [
    [0x0590, 0x06ff],
    [0x0750, 0x077f],
    [0x08a0, 0x08ff],
    [0x0900, 0x09ff],
    [0x0b80, 0x0bff],
    [0x0e00, 0x0e7f],
  ] as const;
  const marks = ["\u0651", "\u0654", "\u0301"];
  const letters = blocks.flatMap(([from, to]) =>
    Array.from({ length: to - from + 1 }, (_, n) => String.fromCodePoint(from + n)).filter((each) =>
      /\p{L}|\p{M}|\p{Cf}/u.test(each),
    ),
  );
  return letters.flatMap((letter) => marks.map((mark) => `${letter}${mark}`));
}

describe("the users report as a document", () => {
  test("a letter whose font has no place for a mark ends no document", async () => {
    const names = oddlyMarked();
    expect(names.length).toBeGreaterThan(1500);
    const { pages } = await document(named(...names));
    expect(
      pages
        .slice(1)
        .join("")
        .match(/person\d+@/g),
    ).toHaveLength(names.length);
  }, 60_000);

  test("says whose it is, what of, when and in what order, and its totals", async () => {
    const { pages, info, outline, language } = await document([1, 2, 3].map(person));
    const cover = pages[0]!;
    for (const words of [
      "Users report",
      "Acme Mail & Söhne",
      "Status: active",
      "Role: Viewer",
      "Name",
      "22 Nov 2026, 10:12",
      "Europe/Berlin",
    ]) {
      expect(cover).toContain(words);
    }
    expect(cover).toMatch(/Users\s3\n/);
    expect(info).toMatchObject({ Title: "Users report · Acme Mail & Söhne", Author: "Acme Mail & Söhne" });
    expect(info.CreationDate).toBe("D:20261122091200Z");
    expect(language).toBe("en");
    expect(outline).toEqual(["Overview", "Users"]);
  });

  test("draws users by status and role, each with its name, number and share", async () => {
    const { pages, tags } = await document([person(1)]);
    expect(bare(pages[0]!)).toContain("Active1,23499.7%");
    expect(bare(pages[0]!)).toContain("Blocked40.3%");
    expect(bare(pages[0]!)).toContain("Usersbyrole");
    expect(bare(pages[0]!)).toContain("Viewer1,200");
    expect(tags[0]).toEqual(expect.arrayContaining(["H1", "H2", "Figure", "P"]));
  });

  test("repeats its header and numbers its pages; no row is lost, doubled or divided", async () => {
    const rows = Array.from({ length: 100 }, (_, n) => person(n));
    const { pages, tags } = await document(rows);
    const table = pages.slice(1);
    expect(pages.length).toBe(7);
    pages.forEach((page, n) => {
      expect(page).toContain(`Page ${n + 1} of ${pages.length}`);
      expect(page).toContain("Users report · Acme Mail & Söhne");
      expect(page).toContain("22 Nov 2026, 10:12");
    });
    for (const page of table) expect(bare(page)).toContain("UserStatusRolesandpermissionsMailboxesCreatedLastsign-in");
    const all = table.join("\n");
    for (const { name, email } of rows) {
      expect(all.split(new RegExp(`${name}(?!\\d)`)).length).toBe(2);
      const page = table.find((text) => new RegExp(`${name}(?!\\d)`).test(text));
      expect(page).toContain(email);
    }
    expect(tags[1]!.filter((tag) => tag === "TH").length).toBe(6);
    expect(tags[1]!.filter((tag) => tag === "TD").length).toBe(600);
  });

  test("shows what a row holds, and cuts what is too long by saying so", async () => {
    const many = Array.from({ length: 30 }, (_, n) => `Mailbox number ${n}`);
    const row = { ...person(2), name: "x".repeat(300), rights: [], mailboxes: many };
    const { pages } = await document([row, person(1)]);
    expect(pages[1]).toContain("Corporate user");
    expect(pages[1]).toContain("12 Mar 2026");
    expect(pages[1]).toContain("2 Jun 2026, 00:30");
    expect(pages[1]).toContain("Never");
    expect(pages[1]).toMatch(/x{20,60}…/);
    expect(pages[1]).toMatch(/Mailbox number 1 and 28 more/);
  });

  test("speaks German to who asks in German", async () => {
    const { pages, language } = await document([person(0)], { locale: "de" });
    for (const words of [
      "Benutzerbericht",
      "Gefiltert nach",
      "Veranlasst von",
      "Benutzer nach Rolle",
      "Seite 1 von 2",
    ]) {
      expect(pages[0]).toContain(words);
    }
    expect(pages[0]).toContain("22. Nov. 2026, 10:12");
    expect(pages[1]).toContain("Letzte Anmeldung");
    expect(language).toBe("de");
  });

  test("is refused where the rows are not those that the pages were counted from", async () => {
    await expect(bytesOf([person(1)], { total: 2 })).rejects.toThrow("a report of 2 users came with 1");
  });

  test("holds an account with nobody in it", async () => {
    const { pages } = await document([], { byStatus: [], byRole: [] });
    expect(pages).toHaveLength(1);
    expect(pages[0]).toContain("Nobody holds a role.");
  });
});

describe("T72 names of all scripts", () => {
  const names = [
    "王小明 陳大文 龍",
    "田中さくら カタカナ",
    "김철수 한글",
    "محمد بن سلمان",
    "שלום כהן",
    "אבג (test) 123",
    "John محمد Smith",
    "Zoë Łukasz Ţŭķ q̃ n̈",
    "Nguyễn Thị Hương",
    "Γιώργος Παπαδόπουλος",
    "Иван Щербаков Ґ",
    "Աննա გიორგი",
    "🦊 Fox 👍 ❤",
    "ᚠᛇᚻ Runic 𓀀",
    "<b onclick=alert(1)>Bold</b>",
  ];

  test("come back as they are, and no glyph is missing", async () => {
    const { pages, missing } = await document(named(...names));
    const text = bare(pages.slice(1).join("\n"));
    for (const name of names) expect(text).toContain(bare(name));
    expect(missing).toBe(0);
  });

  test("of letters that change places are all there", async () => {
    const { pages, missing } = await document(named("สมชาย ใจดี", "अमित शर्मा", "தமிழ்", "বাংলা", "👩‍👩‍👧 🇩🇪 👍🏽"));
    const sorted = (text: string) => [...bare(text)].sort().join("");
    const text = new Set(bare(pages[1]!));
    for (const letter of sorted("สมชายใจดีअमितशर्माதமிழ்বাংলা👩👧👍")) expect(text).toContain(letter);
    expect(missing).toBe(0);
  });

  test("stand alike in headings, filters and the footer", async () => {
    const { pages, missing } = await document([person(1)], {
      account: "北京 محمد GmbH",
      filterWords: ["Name: 😀 שלום"],
    });
    expect(bare(pages[0]!)).toContain("北京");
    expect(bare(pages[0]!)).toContain("محمد");
    expect(bare(pages[0]!)).toContain("😀");
    expect(bare(pages[1]!)).toContain("محمد");
    expect(missing).toBe(0);
  });

  test("that turn the direction of what follows turn nothing", async () => {
    const { pages } = await document(named("evil \u202egnp.exe"));
    expect(pages[1]).toContain("gnp.exe");
    expect(pages[1]).not.toContain("\u202e");
  });

  test("and markup open no connection, and leave no link and no script", async () => {
    const opened: string[] = [];
    const hook = createHook({
      init: (_id, type) => void (/TCP|UDP|DNS|GETADDRINFO|TLS/i.test(type) && opened.push(type)),
    });
    hook.enable();
    const bytes = await bytesOf(
      named(
        "<img src=http://evil.test/x.png>",
        "javascript:alert(1)",
        "http://evil.test/",
        "<script>alert(1)</script>",
      ),
    );
    hook.disable();
    expect(opened).toEqual([]);
    const { pages } = await readPdf(bytes);
    for (const text of ["<img src=http://evil.test/x.png>", "javascript:alert(1)", "<script>alert(1)</script>"]) {
      expect(pages[1]).toContain(text);
    }
    const raw = bytes.toString("latin1");
    for (const sign of ["/URI", "/JavaScript", "/JS ", "/Launch", "/OpenAction", "/Annots"])
      expect(raw).not.toContain(sign);
  });
});

describe("a long report", () => {
  test("of 2,000 users is read cell by cell, one of more row by row", async () => {
    const few = await document(Array.from({ length: 2000 }, (_, n) => person(n)));
    expect(few.pages).toHaveLength(113);
    expect(few.pages.at(-1)).toContain("Page 113 of 113");
    expect(few.tags[1]!.filter((tag) => tag === "TD")).toHaveLength(12_000);

    const more = await document(Array.from({ length: 2001 }, (_, n) => person(n)));
    expect(more.tags[1]).toEqual(expect.arrayContaining(["Sect", "P"]));
    expect(more.pages[1]).toContain("Ada Lovelace 17");
  }, 60_000);

  test("waits until what it hands over is taken, and hands it over in small parts", async () => {
    let [open, most, largest, parts] = [0, 0, 0, 0];
    const rows = Array.from({ length: 20_000 }, (_, n) => person(n));
    const heap = () => process.memoryUsage().heapUsed;
    const before = heap();
    let peak = 0;
    await writePdf({ ...about, total: rows.length }, inBatches(rows), async (chunk) => {
      [open, parts] = [open + 1, parts + 1];
      [most, largest, peak] = [Math.max(most, open), Math.max(largest, chunk.length), Math.max(peak, heap() - before)];
      await new Promise(setImmediate);
      open--;
    });
    expect(most).toBe(1);
    expect(parts).toBeGreaterThan(10);
    expect(largest).toBeLessThan(512 * 1024);
    expect(peak).toBeLessThan(120_000_000);
  }, 60_000);
});
