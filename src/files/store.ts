import { createHash } from "node:crypto";
import { and, eq, sql } from "drizzle-orm";
import { db, run, type Tx } from "../db/client.ts";
import { type FileKind, files } from "../db/files.ts";
import { log } from "../log.ts";

export type StoredFile = typeof files.$inferSelect;

export interface FileOrder {
  accountId: string;
  kind: FileKind;
  /** The import or report that it belongs to. */
  subjectId: string;
  /** From 1, where a subject has several of a kind. */
  part?: number;
  name: string;
  mediaType: string;
  /** For so long it can be fetched. */
  days: number;
}

const chunkSize = 256 * 1024;

/**
 * Keeps a file as its bytes arrive: one chunk in memory, each in a short statement, so that nothing is held open while a
 * slow sender thinks. It counts only when all of it is there; when the stream or the database fails on the way, nothing of
 * it stays (R14) and the error goes on to the caller. What a killed process leaves behind, the nightly cleaning takes.
 */
export async function storeFile(order: FileOrder, bytes: AsyncIterable<Uint8Array>): Promise<StoredFile> {
  const { days, part = 1, ...values } = order;
  const expiresAt = sql`now() + make_interval(days => ${days}::int)`;
  const [file] = await db
    .insert(files)
    .values({ ...values, part, expiresAt })
    .returning({ id: files.id });
  try {
    return await fill(file!.id, bytes);
  } catch (error) {
    await db
      .delete(files)
      .where(eq(files.id, file!.id))
      .catch((err) => log.warn({ err, fileId: file!.id }, "half a file stays until the cleaning"));
    throw error;
  }
}

async function fill(id: string, bytes: AsyncIterable<Uint8Array>): Promise<StoredFile> {
  const hash = createHash("sha256");
  let size = 0;
  let position = 0;
  for await (const chunk of inChunks(bytes)) {
    hash.update(chunk);
    size += chunk.length;
    // Not through Drizzle: its errors quote the parameters, and these would fill the log.
    await run(sql`insert into file_chunks (file_id, position, bytes) values (${id}, ${position++}, ${chunk})`);
  }
  const [file] = await db
    .update(files)
    .set({ size, sha256: hash.digest("hex"), completedAt: sql`clock_timestamp()` })
    .where(eq(files.id, id))
    .returning();
  if (!file) throw new Error("the file was dropped while it was being kept");
  return file;
}

/** The same bytes in pieces of one size, the last one shorter. */
async function* inChunks(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let waiting: Uint8Array[] = [];
  let length = 0;
  for await (const piece of bytes) {
    for (let from = 0; from < piece.length; ) {
      const part = piece.subarray(from, from + chunkSize - length);
      waiting.push(part);
      length += part.length;
      from += part.length;
      if (length < chunkSize) continue;
      yield Buffer.concat(waiting);
      waiting = [];
      length = 0;
    }
  }
  if (length > 0) yield Buffer.concat(waiting);
}

/** Drops the files of a subject, all or those of a kind: for what is made anew, and for what nobody needs any more. */
export async function dropFiles(on: Pick<Tx, "delete">, subjectId: string, kind?: FileKind): Promise<void> {
  await on.delete(files).where(and(eq(files.subjectId, subjectId), kind && eq(files.kind, kind)));
}
