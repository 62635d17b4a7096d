import { t } from "../i18n/t.ts";
import { unreadableWords } from "../xlsx/words.ts";

export interface Why {
  what: string;
  remedy: string;
}

const words: Record<string, () => Why> = {
  uploader_gone: () => ({
    what: t("Whoever uploaded it may not import users any more."),
    remedy: t("Somebody who may can upload it again."),
  }),
  starter_demoted: () => ({
    what: t(
      "Whoever started it may not do everything any more that it asks for. So nothing was done: nobody was created.",
    ),
    remedy: t("Somebody who may can upload it again."),
  }),
  rights_lost: () => ({
    what: t("Whoever started it may not do everything any more that it asks for, so it stopped. What is done stays."),
    remedy: t("Somebody who may can resume it."),
  }),
  failed: () => ({
    what: t("It failed again and again, and was given up. Nothing is half done."),
    remedy: t("Try once more. If it fails again, ask whoever runs this installation."),
  }),
};

/** Why a workbook was refused whole, or an import was given up, and what to do about it. */
export const whyWords = (code: string, values: Record<string, string>): Why =>
  words[code]?.() ?? unreadableWords(code, values);
