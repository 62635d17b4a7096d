import { t } from "../i18n/t.ts";
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

/** Why it failed, for the reader: kept as the sentence in English, which is said in their language where it names nobody. */
export const reasonWords = (failure: string): string => (failure.includes("{") ? failure : t(failure));
