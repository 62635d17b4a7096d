import { writeCsv } from "./csv.ts";
import { keepFile, type Making } from "./keep-file.ts";
import { reportRows } from "./rows.ts";
import { writeWorkbooks } from "./workbook.ts";

/** Makes the files of a report from the snapshot; returns how many people had to be left out of them. */
export async function makeFiles(making: Making): Promise<number> {
  const { tx, actor, report, step } = making;
  if (report.format === "xlsx") return writeWorkbooks(making);
  const rows = counted(reportRows(tx, actor, report.scope), step);
  await keepFile(making, 1, false, (write) => writeCsv(report.scope.bom, rows, write));
  return 0;
}

async function* counted<T>(batches: AsyncIterable<T[]>, step: Making["step"]): AsyncGenerator<T[]> {
  for await (const batch of batches) {
    yield batch;
    await step(batch.length);
  }
}
