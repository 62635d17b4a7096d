import { and, eq, inArray } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { recordEvent } from "../audit/record.ts";
import { config } from "../config.ts";
import { db, type Tx } from "../db/client.ts";
import { accounts, imports } from "../db/schema.ts";
import { dropFiles, type StoredFile, storeFile } from "../files/store.ts";
import { fileName } from "../http/attachment.ts";
import type { Upload } from "../http/upload.ts";
import { workbookType } from "../import-files/kinds.ts";
import { assertQueueHasRoom, countImport, queueCheck } from "./limits.ts";
import { type Import, subjectOf } from "./queries.ts";
import { assertWorkbookName, workbookBytes } from "./workbook-bytes.ts";

export interface Uploaded {
  import: Import;
  /** False where the same bytes are under way already: then it is that import, and nothing else came of the upload. */
  isNew: boolean;
}

/**
 * Keeps a workbook and queues its check. The same bytes twice, by a double click or by two administrators, are one import
 * (R13). When anything goes wrong on the way, nothing of it stays (R14).
 */
export async function uploadImport(actor: Actor, upload: Upload): Promise<Uploaded> {
  const name = fileName(upload.name);
  assertWorkbookName(name);
  const subjectId = crypto.randomUUID();
  const order = { accountId: actor.accountId, kind: "upload", subjectId, name, mediaType: workbookType } as const;
  const file = await storeFile({ ...order, days: config.IMPORT_DAYS }, workbookBytes(upload.bytes));
  let made = false;
  try {
    const uploaded = await db.transaction((tx) => enter(tx, actor, file));
    made = uploaded.isNew;
    return uploaded;
  } finally {
    if (!made) await dropFiles(db, subjectId);
  }
}

async function enter(tx: Tx, actor: Actor, file: StoredFile): Promise<Uploaded> {
  const { accountId } = actor;
  // One upload of an account after the other: limits count, and the second of the same bytes sees the first.
  await tx.select({ id: accounts.id }).from(accounts).where(eq(accounts.id, accountId)).for("no key update");
  const [same] = await tx
    .select()
    .from(imports)
    .where(
      and(
        eq(imports.accountId, accountId),
        eq(imports.sha256, file.sha256),
        inArray(imports.status, ["queued", "checking", "checked", "running", "failed"]),
      ),
    );
  if (same) return { import: same, isNew: false };
  await assertQueueHasRoom(tx, accountId);
  await countImport(tx, accountId);
  const [made] = await tx
    .insert(imports)
    .values({
      id: file.subjectId,
      accountId,
      fileName: file.name,
      fileId: file.id,
      sha256: file.sha256,
      uploadedBy: actor.userId!,
      scopes: actor.scopes ? [...actor.scopes] : null,
    })
    .returning();
  await recordEvent(tx, actor, "import.uploaded", subjectOf(made!), { after: { file: file.name, size: file.size } });
  await queueCheck(tx, made!);
  return { import: made!, isNew: true };
}
