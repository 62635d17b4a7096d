import { and, asc, desc, eq, isNotNull, sql } from "drizzle-orm";
import { db, run } from "../db/client.ts";
import { type FileKind, files } from "../db/files.ts";
import { NotFound } from "../http/errors.ts";
import { uuidOr404 } from "../http/ids.ts";
import type { StoredFile } from "./store.ts";

/** Whole, and not yet over. */
const there = and(isNotNull(files.completedAt), sql`${files.expiresAt} > now()`);

/** The files of one kind that a subject has, part by part, the newest of each; none that is half or over. */
export async function filesOf(accountId: string, subjectId: string, kind?: FileKind): Promise<StoredFile[]> {
  return db
    .selectDistinctOn([files.kind, files.part])
    .from(files)
    .where(and(eq(files.accountId, accountId), eq(files.subjectId, subjectId), kind && eq(files.kind, kind), there))
    .orderBy(asc(files.kind), asc(files.part), desc(files.completedAt));
}

/** One file of the account, or 404: a neighbour's, one that is still arriving, one that is over. */
export async function fileFor(accountId: string, id: string): Promise<StoredFile> {
  const [file] = await db
    .select()
    .from(files)
    .where(and(eq(files.accountId, accountId), eq(files.id, uuidOr404(id)), there));
  if (!file) throw new NotFound();
  return file;
}

/**
 * The bytes of a file, chunk by chunk, each with a statement of its own: memory stays the same, and a slow reader holds no
 * connection. Throws when not all of it is there, so that half a file is never taken for a whole one.
 */
export async function* readFile(fileId: string): AsyncGenerator<Buffer> {
  const [file] = await db.select({ size: files.size }).from(files).where(eq(files.id, fileId));
  let read = 0;
  for (let position = 0; file && read < file.size; position++) {
    const [chunk] = await run<{ bytes: Buffer }>(
      sql`select bytes from file_chunks where file_id = ${fileId} and position = ${position}`,
    );
    if (!chunk) break;
    read += chunk.bytes.length;
    yield chunk.bytes;
  }
  if (!file || read !== file.size) throw new Error("a file went away while it was being read");
}
