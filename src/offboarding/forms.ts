import { z } from "zod";
import { line, many, paragraph } from "../http/form.ts";
import { t } from "../i18n/t.ts";
import { mostMailboxes } from "./holdings.ts";

const fields = {
  /** One of each for a mailbox, in the same order. */
  mailbox: many(z.string().max(40), mostMailboxes),
  to: many(z.string().max(40), mostMailboxes),
  role: many(z.string().max(40), mostMailboxes),
  owner: z.string().max(40),
  when: z.enum(["now", "later"], { error: () => t("Choose when.") }),
  at: z.string().max(30),
  note: paragraph(1000),
  /** Of the plan that was read; empty where there was none. */
  version: z.string().max(12),
};

/** `step`: empty for the preview, "search" to narrow whom one can choose, "edit" to go back from the preview. */
export const choicesForm = z.object({ ...fields, step: z.string().max(10), q: line(100).catch("") });

export const confirmedForm = z.object({ ...fields, confirmation: z.string().trim().max(300) });

/** As choices come from a page; a program says the same in its own words. */
export type TypedChoices = Omit<z.infer<typeof confirmedForm>, "confirmation">;
