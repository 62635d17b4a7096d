import { z } from "zod";
import { refuseName } from "../domain-claims/refuse-name.ts";
import { t } from "../i18n/t.ts";

/** A domain's name as it was typed, read into the form it is stored in; what cannot be claimed says why (T15, T23). */
const name = z
  .string()
  .trim()
  .refine((text) => text !== "", { error: () => t("Enter the name of your domain. Example: example.com"), abort: true })
  .transform((text, context) => {
    const read = refuseName(text);
    if (!("problem" in read)) return read;
    context.addIssue({ code: "custom", message: read.problem });
    return z.NEVER;
  });

export const newDomainForm = z.object({ name });

export const renameForm = z.object({ name, version: z.coerce.number().int().min(1) });

export const shownStates = ["all", "unverified", "verified", "active", "at_risk", "suspended", "failing"] as const;
export type ShownState = (typeof shownStates)[number];

/** The list's filters as they stand in the query string; what is none narrows nothing (T61). */
export function readDomainQuery(query: Record<string, unknown>) {
  const q = typeof query.q === "string" ? query.q.trim().slice(0, 253) : "";
  const show = shownStates.find((state) => state === query.show) ?? "all";
  return { q, show };
}

export type DomainQuery = ReturnType<typeof readDomainQuery>;
