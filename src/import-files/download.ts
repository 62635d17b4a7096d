import { and, eq } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { imports } from "../db/schema.ts";
import { filesOf } from "../files/read.ts";
import type { StoredFile } from "../files/store.ts";
import { NotFound } from "../http/errors.ts";
import { uuidOr404 } from "../http/ids.ts";
import { t } from "../i18n/t.ts";
import { assertMayRead } from "../reports/order.ts";
import { isImportFileKind } from "./kinds.ts";

/**
 * A file around an import of the account, to be sent. Each time that one goes out is written down; a look at its headers is
 * none. Over, or never made: 404.
 */
export async function downloadFile(actor: Actor, importId: string, kind: string, looks: boolean): Promise<StoredFile> {
  const [run] = await db
    .select()
    .from(imports)
    .where(and(eq(imports.accountId, actor.accountId), eq(imports.id, uuidOr404(importId))));
  if (!run || !isImportFileKind(kind)) throw new NotFound();
  // It says what members were called and held.
  if (kind === "before") assertMayRead(actor);
  const [file] = await filesOf(actor.accountId, run.id, kind);
  if (!file) throw new NotFound(t("This file is not there any more, or not there yet."));
  if (looks) return file;
  const subject = { type: "import", id: run.id, label: run.fileName } as const;
  await db.transaction((tx) => recordEvent(tx, actor, "import.downloaded", subject, { after: { file: kind } }));
  return file;
}
