import { expect, test } from "vitest";
import type { Receipt } from "../src/offboarding-receipts/receipt.ts";
import { type PdfOf, receiptPdf } from "../src/offboarding-receipts/write-pdf.ts";
import { readPdf } from "./support/pdf.ts";

const zero = { sessions: 0, signIn: 0, tokens: 0, clients: 0, passwords: 0, grants: 0, places: 0 };
const receipt = (values: Partial<Receipt> = {}): Receipt => ({
  at: "2026-11-23T09:12:00.000Z",
  managed: true,
  counts: { ...zero, changes: 0, links: 0, jobs: 0, invitations: 0 },
  mailboxes: [],
  moreMailboxes: 0,
  owners: ["Olivia"],
  events: [{ id: 4711, name: "member.offboarded", subject: "lea@acme.test", at: "2026-11-23T09:12:00.000Z" }],
  moreEvents: 0,
  ...values,
});
const of = (values: Partial<PdfOf> = {}): PdfOf => ({
  ...{ account: "Acme & Söhne", name: "Lea Ver", email: "lea@acme.test", by: "Olivia Øst", note: "", restored: false },
  ...{ orderedAt: new Date("2026-11-20T08:00:00Z"), doneAt: new Date("2026-11-23T09:11:00Z") },
  ...{ kept: { first: receipt(), again: null }, locale: "en", timeZone: "Europe/Berlin" },
  ...values,
});
const read = async (values?: Partial<PdfOf>) => readPdf(await receiptPdf(of(values)));
const bare = (text: string) => text.normalize("NFKC").replace(/\s|\u200d|\ufe0f/g, "");

test("X10 the receipt as a document says who, when, by whom, what was counted and the log's lines, tagged, in the reader's language", async () => {
  const { pages, info, tags, language, missing } = await read({ note: "Returned the laptop" });
  expect(pages).toHaveLength(1);
  for (const words of [
    ...["Offboarding receipt", "Acme & Söhne", "Lea Ver", "lea@acme.test", "Olivia Øst", "23 Nov 2026, 10:11"],
    ...["Europe/Berlin", "Returned the laptop", "Nothing left", "Open sessions", "#4711", "Page 1 of 1"],
  ])
    expect(bare(pages[0]!)).toContain(bare(words));
  expect(tags[0]).toEqual(expect.arrayContaining(["H1", "H2", "Table", "TR", "TH", "TD"]));
  expect(info.Title).toBe("Offboarding receipt · Lea Ver · Acme & Söhne");
  expect([language, missing]).toEqual(["en", 0]);
  const german = await read({ locale: "de" });
  expect(bare(german.pages[0]!)).toContain(bare("Beleg über den Austritt"));
});

test("X10 a later look stands before the first one, and what is left is named", async () => {
  const box = {
    id: "b",
    name: "Press",
    address: "press@acme.test",
    was: "handed",
    to: "Hei Res",
    holders: [],
  } as const;
  const counts = { ...receipt().counts, sessions: 1 };
  const again = receipt({
    counts,
    mailboxes: [{ ...box, holders: [], arrived: false }],
    at: "2026-11-24T09:12:00.000Z",
  });
  const text = bare((await read({ kept: { first: receipt(), again } })).pages.join(""));
  expect(text).toContain(bare("Hei Res does not hold it"));
  expect(text.indexOf("Somethingleft")).toBeLessThan(text.indexOf("Nothingleft"));
  expect(text).toMatch(/Opensessions1/);
});

test("T72 T63 names of any script and hostile ones are drawn as text, over as many pages as it takes", async () => {
  const many = Array.from({ length: 300 }, (_, n) => `Person No ${n}`);
  const names = ["王小明", "עברית שלום", "محمد علي", "<img src=x onerror=alert(1)>", "김민수", "a".repeat(300)];
  const mailboxes = Array.from({ length: 60 }, (_, n) => ({
    ...({ id: `${n}`, name: names[n % names.length]!, address: `box${n}@acme.test`, was: "left", to: null } as const),
    ...{ arrived: false, holders: [names[(n + 1) % names.length]!] },
  }));
  const crowd = { ...mailboxes[0]!, id: "crowd", name: "Crowd", holders: many };
  const kept = { first: receipt({ mailboxes: [...mailboxes, crowd] }), again: null };
  const { pages, missing } = await read({ kept, name: "محمد علي", account: "株式会社メール" });
  expect(pages.length).toBeGreaterThan(2);
  expect(missing).toBe(0);
  for (const name of many) expect(bare(pages.join(""))).toContain(bare(name));
  expect(bare(pages.join(""))).toContain("王小明");
  expect(bare(pages.join(""))).toContain("<imgsrc=xonerror=alert(1)>");
  expect(pages.at(-1)).toContain(`Page ${pages.length} of ${pages.length}`);
});
