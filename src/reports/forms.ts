import { z } from "zod";
import { reportFormats } from "../db/schema.ts";
import { many } from "../http/form.ts";
import { t } from "../i18n/t.ts";
import { mostAtOnce } from "../selection/forms.ts";
import { mostMailboxSheets } from "../workbook/sheets.ts";

/** What a report is to be of, and as what. `filter` is the query string of the list, `members` a selection in it. */
export const reportForm = z.object({
  what: z.enum(["filter", "selection", "all"], { error: () => t("Choose which users the report is about.") }),
  filter: z.string().max(2000),
  members: many(z.string(), mostAtOnce),
  format: z.enum(reportFormats, { error: () => t("Choose a format.") }),
  bom: z.string().transform((value) => value === "on"),
  sheets: z.enum(["all", "chosen"]).or(z.literal("")),
  mailboxes: many(z.string(), mostMailboxSheets),
  personal: z.string().transform((value) => value === "on"),
});

export type ReportWish = z.infer<typeof reportForm>;

/** The boxes ticked in the list. */
export const selectionField = z.object({ members: many(z.string(), mostAtOnce) });
