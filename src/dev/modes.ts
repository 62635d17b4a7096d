import { t } from "../i18n/t.ts";

/** How the built-in mail server answers: `accept`, or as a fault test wants it. */
export const inboxModes = ["accept", "refuse", "defer", "drop"] as const;
export type InboxMode = (typeof inboxModes)[number];

/** What each way to answer is called. */
export const modeTitles = (): Record<InboxMode, string> => ({
  accept: t("Takes every mail"),
  refuse: t("Refuses every mail for good (550)"),
  defer: t("Asks to try again later (451)"),
  drop: t("Takes the mail and hangs up without an answer"),
});
