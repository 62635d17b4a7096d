import { t } from "../i18n/t.ts";
import { imapWords } from "../imap/error.ts";

/** Why a mailbox's size is not known, or not whole, in words. */
export const storageWords = (failure: string): string =>
  failure === "partial" ? t("This mailbox holds more than is added up: it is at least so full.") : imapWords(failure);
