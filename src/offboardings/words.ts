import { type Said, sayAgain, t } from "../i18n/t.ts";
import type { Offboarding } from "./queries.ts";

/** How an offboarding stands: the look of the word, its icon, and the word. */
export function statusOf(status: Offboarding["status"]): [look: string, icon: string, word: string] {
  const words: Record<Offboarding["status"], [string, string, string]> = {
    planned: ["wait", "clock", t("Planned")],
    done: ["good", "circle-check", t("Done")],
    failed: ["bad", "circle-alert", t("Not carried out")],
    restored: ["off", "rotate-ccw", t("User restored")],
    cancelled: ["off", "x", t("Cancelled")],
  };
  return words[status];
}

/** Why it failed, in the reader's language: kept as a sentence with its values; what older releases kept is English only. */
export function reasonWords(failure: string): string {
  if (!failure.startsWith('{"sentence":')) return t(failure);
  return sayAgain(JSON.parse(failure) as Said);
}
