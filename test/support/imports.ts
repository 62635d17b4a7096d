import { asc, eq } from "drizzle-orm";
import { db } from "../../src/db/client.ts";
import { importPeople, importProblems, importRights, imports } from "../../src/db/schema.ts";
import { storeFile } from "../../src/files/store.ts";
import { enqueue } from "../../src/queue.ts";
import { runJobs } from "./outbox.ts";
import { type Wanted, workbookOf } from "./workbooks.ts";
import type { Account, User } from "./world.ts";

async function* once(bytes: Uint8Array) {
  yield bytes;
}

/** A workbook as it lies there after somebody uploaded it: its check is queued. */
export async function uploaded(account: Account, user: User, book: Wanted | Buffer): Promise<string> {
  const bytes = Buffer.isBuffer(book) ? book : await workbookOf(book);
  const order = { accountId: account.id, kind: "upload", subjectId: crypto.randomUUID(), name: "people.xlsx" } as const;
  const mediaType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
  const file = await storeFile({ ...order, mediaType, days: 30 }, once(bytes));
  await db.insert(imports).values({
    id: file.subjectId,
    accountId: account.id,
    fileName: file.name,
    fileId: file.id,
    sha256: `${file.sha256}${file.id}`,
    uploadedBy: user.id,
  });
  await db.transaction((tx) => enqueue(tx, "check_import", { importId: file.subjectId }, { maxAttempts: 5 }));
  return file.subjectId;
}

/** Everything that a check wrote about an import. */
export async function foundBy(importId: string) {
  const [run] = await db.select().from(imports).where(eq(imports.id, importId));
  const problems = await db
    .select()
    .from(importProblems)
    .where(eq(importProblems.importId, importId))
    .orderBy(asc(importProblems.number));
  const people = await db
    .select()
    .from(importPeople)
    .where(eq(importPeople.importId, importId))
    .orderBy(asc(importPeople.position));
  const rights = await db
    .select()
    .from(importRights)
    .where(eq(importRights.importId, importId))
    .orderBy(asc(importRights.position), asc(importRights.sheet));
  return {
    run: run!,
    problems,
    people,
    rights,
    /** `file domain_foreign Users!C3`: what is wrong, and where. */
    said: problems.map(
      ({ tier, code, sheet, column, row }) => `${tier} ${code}${sheet ? ` ${sheet}!${column ?? ""}${row ?? ""}` : ""}`,
    ),
  };
}

/** Uploads a workbook, lets it be checked, and returns what was found. */
export async function checked(account: Account, user: User, book: Wanted | Buffer) {
  const id = await uploaded(account, user, book);
  await runJobs();
  return { id, ...(await foundBy(id)) };
}
