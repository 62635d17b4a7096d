import { z } from "zod";
import { line, requiredLine } from "../http/form.ts";
import { t } from "../i18n/t.ts";
import { versionField } from "../profile/forms.ts";

/** The most mailboxes that a plan with an end includes: so many are counted whenever one is added. */
export const mostMailboxes = 100_000;

const whole = (low: number, high: number) =>
  z
    .string()
    .trim()
    .refine((text) => text === "" || (/^\d{1,6}$/.test(text) && Number(text) >= low && Number(text) <= high), {
      error: () => t("Enter a whole number from {low} to {high}.", { low, high }),
    });

const fields = {
  name: requiredLine(60, () => t("Give the plan a name.")),
  about: line(200),
  /** Empty: as many as one likes. One at least, for whoever registers gets a personal mailbox (A26). */
  mailboxes: whole(1, mostMailboxes).transform((text) => (text === "" ? null : Number(text))),
  price: line(60),
  position: whole(0, 999).transform(Number),
};

export const newPlanForm = z.object(fields);
export const planForm = z.object({ ...fields, version: versionField() });
export const versionForm = z.object({ version: versionField() });

/** Names and numbers of a plan as somebody typed them, and as they are stored. */
export type PlanFields = z.infer<typeof newPlanForm>;
