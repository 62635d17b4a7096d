import { attachment } from "../http/attachment.ts";
import { Conflict } from "../http/errors.ts";
import { language, t } from "../i18n/t.ts";
import type { ShownOffboarding } from "../offboardings/queries.ts";
import { keptOf } from "./receipt.ts";

/** The receipt of an offboarding as a file to be saved, in the reader's language, with its headers. 409 while there is none. */
export async function receiptFile({ row, member, name, by }: ShownOffboarding, account: string) {
  const kept = keptOf(row.receipt);
  if (!kept || !row.doneAt) throw new Conflict(t("There is a receipt once the offboarding was carried out."));
  const { locale, timeZone, region } = language();
  const restored = row.status === "restored";
  // Fonts and what sets them: 25 MB that a web process does without until somebody wants a receipt.
  const { receiptPdf } = await import("./write-pdf.ts");
  const about = { account, name, email: member.email, by, note: row.note, restored, kept };
  const bytes = await receiptPdf({
    ...about,
    ...{ orderedAt: row.createdAt, doneAt: row.doneAt, locale, timeZone, region },
  });
  const file = `${t("Offboarding receipt")} ${name}.pdf`;
  return { bytes, headers: { ...attachment(file, "application/pdf"), "Content-Length": String(bytes.length) } };
}
