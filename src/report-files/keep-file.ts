import { once } from "node:events";
import { PassThrough } from "node:stream";
import { eq } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { config } from "../config.ts";
import { db, type Tx } from "../db/client.ts";
import { files, type reports } from "../db/schema.ts";
import { type FileOrder, type StoredFile, storeFile } from "../files/store.ts";

export type Report = typeof reports.$inferSelect;
export type Write = (chunk: Uint8Array) => Promise<void>;

/** What a file of a report is made with. */
export interface Making {
  tx: Tx;
  actor: Actor;
  report: Report;
  /** Said after each batch: so many people more are done. Throws when this worker is to stop. */
  step: (people: number) => Promise<void>;
  /** The files so far, those that are under way not among them. */
  made: StoredFile[];
}

const types = {
  csv: "text/csv; charset=utf-8",
  pdf: "application/pdf",
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
};

/** `users-2026-03-12.csv`, `users-2026-03-12-part-2.xlsx`. The day is the reader's. */
function nameOf({ actor, report }: Making, part?: number): string {
  const day = new Intl.DateTimeFormat("en-CA", { timeZone: actor.timeZone }).format(report.createdAt);
  return `users-${day}${part ? `-part-${part}` : ""}.${report.format}`;
}

/** Keeps what `fill` writes as a file of the report; nothing of it stays when it fails on the way. */
export async function keepFile(making: Making, part: number, numbered: boolean, fill: (write: Write) => Promise<void>) {
  const { report } = making;
  const order: FileOrder = {
    accountId: report.accountId,
    kind: "report",
    subjectId: report.id,
    part,
    name: nameOf(making, numbered ? part : undefined),
    mediaType: types[report.format],
    days: config.REPORT_DAYS,
  };
  const pipe = new PassThrough({ highWaterMark: 256 * 1024 });
  pipe.on("error", () => {});
  const stored = storeFile(order, pipe);
  stored.catch((error) => pipe.destroy(error));
  try {
    await fill(async (chunk) => {
      if (pipe.destroyed) throw new Error("the file cannot be kept");
      if (!pipe.write(chunk)) await once(pipe, "drain");
    });
    pipe.end();
  } catch (error) {
    pipe.destroy(error as Error);
    await stored.catch(() => {});
    throw error;
  }
  const file = await stored;
  making.made.push(file);
  return file;
}

/** Drops a file that will be made again, or that must not stay. */
export async function dropFile(making: Making, file: StoredFile): Promise<void> {
  making.made = making.made.filter(({ id }) => id !== file.id);
  await db.delete(files).where(eq(files.id, file.id));
}
