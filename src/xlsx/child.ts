import { once } from "node:events";
import { readBook } from "../xlsx-parts/book.ts";
import { inspect, type Package } from "../xlsx-parts/inflate.ts";
import { namespaces, readXml } from "../xlsx-parts/xml.ts";
import { readDirectory } from "../xlsx-parts/zip.ts";
import { type Reading, SheetReader } from "../xlsx-sheets/sheet.ts";
import { readStrings } from "../xlsx-sheets/strings.ts";
import { readDateStyles } from "../xlsx-sheets/styles.ts";
import type { WorkbookEvent } from "./events.ts";
import type { WorkbookLimits } from "./limits.ts";
import type { Told } from "./told.ts";
import { Unreadable } from "./unreadable.ts";

/**
 * The process that reads one workbook: the file comes on its standard input, what is in it goes out line by line. It has no
 * settings, no secrets, no connection; whoever started it kills it when it takes too long or too much.
 */
const limits: WorkbookLimits = JSON.parse(process.argv[2] ?? "{}");

/** A restart of the whole service does not cut a file short: the process that waits for it ends it. */
process.on("SIGTERM", () => {}).on("SIGINT", () => {});
const parent = process.ppid;
setInterval(() => process.ppid === parent || process.exit(1), 1_000).unref();

/** All of the file, in memory that is taken only as far as it is filled. */
async function readInput(): Promise<Buffer> {
  const room = Buffer.allocUnsafeSlow(limits.fileBytes);
  let used = 0;
  for await (const piece of process.stdin as AsyncIterable<Buffer>) {
    if (used + piece.length > room.length) throw new Unreadable("too_large", { limit: limits.fileBytes / 1024 / 1024 });
    used += piece.copy(room, used);
  }
  return room.subarray(0, used);
}

/** What the first bytes say, before anything looks further. */
function checkBeginning(file: Buffer): void {
  if (file.length === 0) throw new Unreadable("empty");
  if (file.subarray(0, 8).toString("hex") === "d0cf11e0a1b11ae1")
    throw new Unreadable(file.includes(Buffer.from("EncryptedPackage", "utf16le")) ? "encrypted" : "old_format");
  if (file.subarray(0, 4).toString("latin1") !== "PK\u0003\u0004") throw new Unreadable("not_a_workbook");
}

async function tell(told: Told): Promise<void> {
  if (!process.stdout.write(`${JSON.stringify(told)}\n`)) await once(process.stdout, "drain");
}

/** How much is told at once: rows, and characters in them. */
const batch = { rows: 500, characters: 64 * 1024 };

async function read(): Promise<void> {
  const file = await readInput();
  checkBeginning(file);
  const zip: Package = { file, entries: readDirectory(file, limits), unpacked: 0 };
  const total = [...zip.entries.values()].reduce((sum, { size }) => sum + size, 1);
  const book = await readBook(zip, limits);
  const later = new Set([...book.sheets.map(({ entry }) => entry), book.strings, book.styles]);
  for (const entry of zip.entries.values()) if (!later.has(entry)) await inspect(zip, entry);

  let events: WorkbookEvent[] = [];
  let characters = 0;
  let said = 0;
  const flush = async () => {
    const [ready, done] = [events, Math.min(1, zip.unpacked / total)];
    [events, characters] = [[], 0];
    await tell({ events: ready, done });
  };
  const reading: Reading = {
    limits,
    strings: await readStrings(zip, book.strings, limits),
    hasStrings: book.strings !== undefined,
    dateStyles: await readDateStyles(zip, book.styles, limits),
    from1904: book.from1904,
    rows: 0,
    emit(event) {
      events.push(event);
      if (event.type === "sheet") return;
      for (const cell of event.cells) characters += typeof cell === "string" ? cell.length : 8;
    },
  };
  for (const [index, { name, entry }] of book.sheets.entries()) {
    reading.emit({ type: "sheet", number: index + 1, name });
    const sheet = Object.assign(new SheetReader(reading, name), {
      pause() {
        if (events.length < batch.rows && characters < batch.characters) return undefined;
        said += characters;
        if (said > limits.totalBytes)
          throw new Unreadable("too_large_unpacked", { limit: limits.totalBytes / 1024 / 1024 });
        return flush();
      },
    });
    await readXml(zip, entry, namespaces.main, limits, sheet);
    if (!sheet.ended) throw new Unreadable("damaged");
  }
  await flush();
  await tell({ end: { sheets: book.sheets.length, rows: reading.rows } });
}

try {
  await read();
} catch (error) {
  const { code, values } =
    error instanceof Unreadable ? error : new Unreadable("unreadable", { why: String(error).slice(0, 200) });
  await tell({ refused: { code, values } });
}
process.stdout.write("", () => process.exit());
