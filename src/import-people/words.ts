import { t } from "../i18n/t.ts";
import type { Delivery, Result } from "./filter.ts";

export interface Shown {
  words: string;
  /** A class of the stylesheet. */
  look: string;
  icon: string;
}

/** What became of an address. */
export const resultWords = (result: Result): Shown =>
  ({
    created: { words: t("Created"), look: "good", icon: "user-plus" },
    updated: { words: t("Changed"), look: "good", icon: "circle-check" },
    same: { words: t("No change"), look: "off", icon: "check" },
    skipped: { words: t("Left out"), look: "wait", icon: "triangle-alert" },
  })[result];

/** How the mail to create a password fares. */
export const deliveryWords = (delivery: Delivery): Shown =>
  ({
    held: { words: t("Waits for its turn"), look: "wait", icon: "clock" },
    queued: { words: t("On its way"), look: "wait", icon: "mail" },
    sending: { words: t("On its way"), look: "wait", icon: "mail" },
    sent: { words: t("Handed over"), look: "good", icon: "mail-check" },
    used: { words: t("Password created"), look: "good", icon: "key-round" },
    bounced: { words: t("Bounced"), look: "bad", icon: "mail-x" },
    failed: { words: t("Not sent"), look: "bad", icon: "mail-x" },
  })[delivery];
