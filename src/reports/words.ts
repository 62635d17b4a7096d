import type { ReportFormat, ReportStatus } from "../db/schema.ts";
import { formatNumber } from "../i18n/format.ts";
import { t } from "../i18n/t.ts";
import type { ShownReport } from "./queries.ts";

/** What each format is called, and what it is for. */
export const formatWords = (): Record<ReportFormat, { name: string; about: string }> => ({
  xlsx: {
    name: t("Workbook (.xlsx)"),
    about: t("Users with roles and rights. You can edit it and upload it again."),
  },
  csv: { name: t("CSV"), about: t("One line for each user, for other programs.") },
  pdf: { name: t("PDF"), about: t("A document to read or to hand on, with figures and a table.") },
});

/** How a report stands: its look, its icon, its word. */
export const statusOf = ({ status, over }: Pick<ShownReport, "status" | "over">): [string, string, string] => {
  if (over) return ["off", "clock", t("Expired")];
  const words: Record<ReportStatus, [string, string, string]> = {
    queued: ["wait", "clock", t("Waiting")],
    running: ["wait", "refresh-cw", t("Being made")],
    done: ["good", "circle-check", t("Ready")],
    failed: ["bad", "triangle-alert", t("Failed")],
    cancelled: ["off", "x", t("Cancelled")],
    refused: ["bad", "ban", t("Refused")],
  };
  return words[status];
};

/** How far a report is, 0 to 100. */
export const percentOf = ({ status, done, total }: ShownReport): number =>
  status === "done" ? 100 : total === 0 ? 0 : Math.min(99, Math.floor((100 * done) / total));

/** Still to come: its page asks again. */
export const isOpen = ({ status }: ShownReport): boolean => status === "queued" || status === "running";

/** "0.1 kB", "812 kB", "3.4 MB". */
export function sizeWords(bytes: number): string {
  const rounded = (value: number) =>
    formatNumber(value < 10 ? Math.max(0.1, Math.round(value * 10) / 10) : Math.round(value));
  if (bytes < 1e6) return t("{size} kB", { size: rounded(bytes / 1e3) });
  return t("{size} MB", { size: rounded(bytes / 1e6) });
}
