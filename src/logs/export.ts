import type { Actor } from "../access/actor.ts";
import { assertWithin } from "../access/limits.ts";
import { recordEvent } from "../audit/record.ts";
import { config } from "../config.ts";
import { db } from "../db/client.ts";
import { csvHead, csvLine } from "../http/csv.ts";
import type { Asked, Log } from "./log.ts";

const size = 1000;

/**
 * Takes the rows of a log out as CSV: so many of them an hour as reports (REPORTS_PER_HOUR), and each is noted with what it
 * was asked for, before its first byte leaves. Nothing is kept of it. What comes back makes the file as it is read: however
 * long the log, this process holds a thousand rows, and no connection between two batches. `looks`: at the headers only, so
 * nothing leaves and nothing is noted.
 */
export async function exportLog(actor: Actor, log: Log, asked: Asked, looks: boolean): Promise<AsyncIterable<string>> {
  if (looks) return lines(actor, log, asked);
  await assertWithin([{ key: `log-export:${actor.userId}`, points: config.REPORTS_PER_HOUR, seconds: 3600 }]);
  const filters = Object.fromEntries(Object.entries(asked).filter(([, value]) => value));
  await db.transaction((tx) =>
    recordEvent(tx, actor, "log.exported", { type: "log", id: log.file, label: log.file }, { after: filters }),
  );
  return lines(actor, log, asked);
}

async function* lines(actor: Actor, log: Log, asked: Asked): AsyncGenerator<string> {
  let head = csvHead(log.head(actor));
  let before: string | undefined;
  do {
    const { rows, older } = await log.find(actor, asked, { before }, size);
    yield head + rows.map((row) => csvLine(log.line(row, actor))).join("");
    head = "";
    before = older;
  } while (before !== undefined);
}
