import type { Request, RequestHandler } from "express";
import { offeredLocales } from "../access/instance-settings.ts";
import { actorOf } from "../access/load-actor.ts";
import { inLanguage, isLocale, type Locale } from "../i18n/t.ts";

function localeOfBrowser(req: Request): Locale {
  const wanted = req.acceptsLanguages(offeredLocales());
  return isLocale(wanted) ? wanted : offeredLocales()[0]!;
}

/** Everything about the request that later steps lean on: whose it is, and in which language it is answered. */
export const identify: RequestHandler = (req, _res, next) => {
  const userId = (req.user as { id?: string } | undefined)?.id;
  if (userId) {
    req.visitor = req.loaded?.userId === userId ? req.loaded : undefined;
    // Who lacks the second factor that the account asks for holds what they hold, and does nothing with it (T107).
    if (req.visitor && !req.visitor.account?.factorWanted?.due)
      req.actor = actorOf(req.visitor, { id: String(req.id), ip: req.ip })!;
  }
  const locale = req.visitor?.locale ?? localeOfBrowser(req);
  const { timeZone = "UTC", region = "" } = req.visitor ?? {};
  inLanguage({ locale, timeZone, region }, () => next());
};

/** What nobody is signed in for is answered in the language that the browser, or the program, asks for. */
export const inBrowsersLanguage: RequestHandler = (req, _res, next) => {
  inLanguage({ locale: localeOfBrowser(req), timeZone: "UTC" }, () => next());
};
