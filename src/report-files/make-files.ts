import { isPermission, permissions } from "../access/permissions.ts";
import { statusWords } from "../directory/pills.ts";
import { t } from "../i18n/t.ts";
import type { PdfRow } from "../report-pdf/document.ts";
import { reportAbout } from "./about.ts";
import { writeCsv } from "./csv.ts";
import { keepFile, type Making } from "./keep-file.ts";
import { type Holding, type ReportRow, reportRows } from "./rows.ts";
import { writeWorkbooks } from "./workbook.ts";

/** Makes the files of a report from the snapshot; returns how many people had to be left out of them. */
export async function makeFiles(making: Making): Promise<number> {
  const { tx, actor, report, step } = making;
  if (report.format === "xlsx") return writeWorkbooks(making);
  const rows = counted(reportRows(tx, actor, report.scope), step);
  if (report.format === "csv") await keepFile(making, 1, false, (write) => writeCsv(report.scope.bom, rows, write));
  else {
    // Loaded when the first one is asked for: what draws documents is a third of what a worker without it takes.
    const { writePdf } = await import("../report-pdf/write-pdf.ts");
    const about = await reportAbout(tx, actor, report.scope);
    await keepFile(making, 1, false, (write) => writePdf(about, drawn(rows), write));
  }
  return 0;
}

/** The rows as the document shows them. */
async function* drawn(batches: AsyncIterable<ReportRow[]>): AsyncGenerator<PdfRow[]> {
  const statuses = statusWords();
  const everyMailbox = [t("All, by role")];
  for await (const rows of batches) {
    yield rows.map((row) => ({
      name: `${row.firstName} ${row.lastName}`.trim(),
      email: row.email,
      corporate: row.corporate,
      status: statuses[row.status],
      rights: rightsOf(row.holding),
      mailboxes: row.holding.everyMailbox ? everyMailbox : row.holding.mailboxes,
      createdAt: new Date(row.createdAt),
      lastSignInAt: row.lastSignInAt ? new Date(row.lastSignInAt) : null,
    }));
  }
}

/** Roles, then what comes without one: whoever holds only that would else seem to hold nothing. */
const rightsOf = ({ roles, permissions: single }: Holding): string[] =>
  single.length > 0 ? [...roles, ...single.map((key) => (isPermission(key) ? t(permissions[key].title) : key))] : roles;

async function* counted<T>(batches: AsyncIterable<T[]>, step: Making["step"]): AsyncGenerator<T[]> {
  for await (const batch of batches) {
    yield batch;
    await step(batch.length);
  }
}
