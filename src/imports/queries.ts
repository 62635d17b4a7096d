import { and, asc, desc, eq, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import type { Subject } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { type FileKind, files } from "../db/files.ts";
import { importProblems, imports, users } from "../db/schema.ts";
import { NotFound } from "../http/errors.ts";
import { isUuid, uuidOr404 } from "../http/ids.ts";

export type Import = typeof imports.$inferSelect;
export type ImportProblem = typeof importProblems.$inferSelect;

/** An import as events name it. */
export const subjectOf = ({ id, fileName }: Pick<Import, "id" | "fileName">): Subject => ({
  type: "import",
  id,
  label: fileName,
});

const ofAccount = (accountId: string, id: string) =>
  and(eq(imports.accountId, accountId), eq(imports.id, uuidOr404(id)));

/** An import of the account; absent, a neighbour's or no id at all: 404 (T49). */
export async function importFor(accountId: string, id: string): Promise<Import> {
  const [found] = await db.select().from(imports).where(ofAccount(accountId, id));
  if (!found) throw new NotFound();
  return found;
}

/** An import as pages show it: with whom it was by, and how long nothing has moved, by the database's clock. */
export interface ShownImport extends Import {
  uploader: string;
  starter: string | null;
  stillFor: number;
  /** What can be downloaded: kinds of files that are whole and not over yet. */
  files: FileKind[];
}

const [uploader, starter] = [alias(users, "uploader"), alias(users, "starter")];
const shown = () =>
  db
    .select({
      row: imports,
      uploader: uploader.email,
      starter: starter.email,
      stillFor: sql<number>`extract(epoch from clock_timestamp() - ${imports.movedAt})::float`,
      files: sql<FileKind[]>`array(select distinct f.kind from ${files} f
        where f.account_id = ${imports.accountId} and f.subject_id = ${imports.id} and f.completed_at is not null
          and f.expires_at > now() order by f.kind)`,
    })
    .from(imports)
    .innerJoin(uploader, eq(uploader.id, imports.uploadedBy))
    .leftJoin(starter, eq(starter.id, imports.startedBy));

const flat = ({ row, ...more }: Awaited<ReturnType<typeof shown>>[number]): ShownImport => ({ ...row, ...more });

/** An import for its page, or 404. */
export async function shownImport(accountId: string, id: string): Promise<ShownImport> {
  const [found] = await shown().where(ofAccount(accountId, id));
  if (!found) throw new NotFound();
  return flat(found);
}

/** One page of the account's imports, newest first, older than the import `before`; with whether there are older ones. */
export async function listImports(accountId: string, before: string, size = 25) {
  const from = isUuid(before)
    ? sql`(${imports.createdAt}, ${imports.id}) < (select b.created_at, b.id from imports b
        where b.id = ${before} and b.account_id = ${accountId})`
    : undefined;
  const found = await shown()
    .where(and(eq(imports.accountId, accountId), from))
    .orderBy(desc(imports.createdAt), desc(imports.id))
    .limit(size + 1);
  const rows = found.slice(0, size).map(flat);
  return { rows, older: found.length > size ? rows.at(-1)!.id : undefined };
}

/** So many are shown on the page; all of them stand in the workbook that is handed back. */
export const problemsShown = 200;

/** The first problems of an import: what refuses the file before what leaves an address out, before warnings. */
export const problemsOf = (importId: string): Promise<ImportProblem[]> =>
  db
    .select()
    .from(importProblems)
    .where(eq(importProblems.importId, importId))
    .orderBy(sql`case tier when 'file' then 0 when 'address' then 1 else 2 end`, asc(importProblems.number))
    .limit(problemsShown);
