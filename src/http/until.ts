import { z } from "zod";
import { endOfDay } from "../i18n/days.ts";
import { t } from "../i18n/t.ts";

/**
 * A date field that says until when: the day counts to its end in the reader's time zone. Gives the instant, RFC 3339, or
 * null where it was left empty. What is over already is refused.
 */
export const untilField = () =>
  z
    .string()
    .trim()
    .transform((day, context) => {
      if (day === "") return null;
      const end = endOfDay(day);
      if (end && end.getTime() > Date.now()) return end.toISOString();
      const message = end ? t("This day is over. Choose a later one.") : t("Enter a day such as 2026-11-30, or none.");
      context.addIssue({ code: "custom", message });
      return z.NEVER;
    });

/** The same as programs write it: an instant to come, or null for none. */
export const untilInstant = () =>
  z.iso
    .datetime({ offset: true })
    .refine((at) => Date.parse(at) > Date.now(), { error: () => t("This is over. Choose a later time.") })
    .transform((at) => new Date(at).toISOString())
    .nullable();
