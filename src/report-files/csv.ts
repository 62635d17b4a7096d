import { statusWords } from "../directory/pills.ts";
import { csvHead, csvLine } from "../http/csv.ts";
import { t } from "../i18n/t.ts";
import type { Write } from "./keep-file.ts";
import type { ReportRow } from "./rows.ts";

const joined = (words: string[]) => words.join("; ");

/**
 * The rows as CSV in the language that is spoken around it: RFC 4180, UTF-8, safe to open in a spreadsheet (T71). `bom`: with
 * the mark that Excel knows UTF-8 by. Times are RFC 3339 in UTC, permissions their codes.
 */
export async function writeCsv(bom: boolean, batches: AsyncIterable<ReportRow[]>, write: Write): Promise<void> {
  const statuses = statusWords();
  const [yes, no, everyMailbox] = [t("Yes"), t("No"), t("All, by role")];
  const head = csvHead(
    [
      t("First name"),
      t("Last name"),
      t("E-mail address"),
      t("Status"),
      t("Corporate user"),
      t("Roles"),
      t("Permissions"),
      t("Mailboxes"),
      t("Last sign-in"),
      t("Created"),
    ],
    bom,
  );
  await write(Buffer.from(head));
  for await (const rows of batches) {
    let text = "";
    for (const row of rows) {
      text += csvLine([
        row.firstName,
        row.lastName,
        row.email,
        statuses[row.status],
        row.corporate ? yes : no,
        joined(row.holding.roles),
        joined(row.holding.permissions),
        row.holding.everyMailbox ? everyMailbox : joined(row.holding.mailboxes),
        row.lastSignInAt ?? "",
        row.createdAt,
      ]);
    }
    await write(Buffer.from(text));
  }
}
