import { type Difference, differencesOf } from "../audit/difference.ts";
import { eventTitle } from "../audit/titles.ts";
import { t } from "../i18n/t.ts";
import type { Activity } from "./queries.ts";

/** One line of a mailbox's log in words. */
export interface ShownActivity {
  at: Date;
  title: string;
  about: string;
  who: string;
  differences: Difference[];
  /** Where the event came from; empty for what has none. */
  ip: string;
  requestId: string;
  /** The message it is about, to be looked at again. */
  message?: { folder: string; uid: number };
}

/** What happened, in the reader's language. */
export function shownActivity(row: Activity): ShownActivity {
  const nothing = { differences: [], ip: "", requestId: "" };
  if (row.access) {
    const { given, whose, by, what } = row.access;
    return {
      ...{ ...nothing, at: row.at, who: by || "Muster" },
      title: given ? t("Access given") : t("Access ended"),
      about: `${whose}: ${what}`,
    };
  }
  const { event } = row;
  const { folder, uid, messageId, file } = (event.after ?? {}) as Record<string, unknown>;
  const message = typeof folder === "string" && typeof uid === "number" ? { folder, uid } : undefined;
  return {
    ...{ at: row.at, title: eventTitle(event.name) },
    about: String(file ?? messageId ?? ""),
    ...{ who: event.actorLabel, differences: differencesOf(event), message },
    ...{ ip: event.ip ?? "", requestId: event.requestId ?? "" },
  };
}
