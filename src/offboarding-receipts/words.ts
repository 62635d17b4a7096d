import { t } from "../i18n/t.ts";
import type { Counts, Receipt } from "./receipt.ts";

/** One line of a receipt: what was counted, how many, and how that is: as it should be, or left over. */
export interface CountLine {
  key: keyof Counts;
  words: string;
  count: number;
  look: "good" | "bad";
}

/** Everything that was counted, in words. */
export function countLines({ counts, managed }: Receipt): CountLine[] {
  const words: Record<keyof Counts, string> = {
    signIn: t("Profile that can sign in"),
    sessions: managed ? t("Open sessions") : t("Open sessions that reach this account"),
    trustedDevices: t("Trusted devices"),
    tokens: t("API tokens in force"),
    clients: t("API clients in force"),
    passwords: t("Passwords for mail programs"),
    grants: t("Roles and permissions in this account"),
    places: t("Places in this account"),
    changes: t("Unsaved changes of rights"),
    links: t("Mailed links that still open something"),
    jobs: t("Imports and reports under way in their name"),
    invitations: t("Invitations from them that wait for an answer"),
  };
  return (Object.keys(words) as (keyof Counts)[])
    .filter((key) => managed || (key !== "signIn" && key !== "trustedDevices"))
    .flatMap((key) => {
      const count = counts[key];
      return count === undefined ? [] : [{ key, words: words[key], count, look: count === 0 ? "good" : "bad" }];
    });
}
