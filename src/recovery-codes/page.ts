import type { Response } from "express";
import { page } from "../http/render.ts";
import { t } from "../i18n/t.ts";

/** The one page that ever shows the codes: the answer itself, so nothing keeps them. */
export const codesPage = (res: Response, codes: string[]): Promise<void> =>
  page(res, "recovery-codes/shown", { title: t("Your recovery codes"), codes });
