import type { Response } from "express";
import { can } from "../access/actor.ts";
import { instanceName, offeredLocales } from "../access/instance-settings.ts";
import type { Permission } from "../access/permissions.ts";
import { config } from "../config.ts";
import { formatAgo, formatDate, formatDateTime, formatNumber } from "../i18n/format.ts";
import { language, localeNames, t } from "../i18n/t.ts";
import { timeZones } from "../i18n/time-zones.ts";
import { asset } from "./assets.ts";
import { takeFlash } from "./flash.ts";
import { tone } from "./tone.ts";
import { renderView } from "./view.ts";

/** Words and formats: what comes out depends on the reader's language, time zone and day alone. */
const words = {
  t,
  asset,
  tone,
  formatAgo,
  formatDate,
  formatDateTime,
  formatNumber,
  timeZones,
  passwordLength: config.PASSWORD_MIN_LENGTH,
  development: !config.production,
};

/** What every view may call. Built by hand: a request's body or query never reaches EJS as it is (T64). */
function helpers(res: Response) {
  const { req } = res;
  return {
    ...words,
    words,
    localeNames: Object.fromEntries(offeredLocales().map((locale) => [locale, localeNames[locale]])),
    instanceName: instanceName(),
    locale: language().locale,
    /** On pages behind a mailed link (tokenPage): forms carry it as `_csrf`. */
    csrf: res.locals.csrf as string | undefined,
    visitor: req.visitor,
    path: (req.baseUrl + req.path).replace(/(.)\/$/, "$1"),
    may: (permission: Permission, mailboxId?: string) => Boolean(req.actor && can(req.actor, permission, mailboxId)),
  };
}

/** As bytes whose type and length are given: Express need not look up, parse and compare what is always the same. */
function sendHtml(res: Response, html: string) {
  const bytes = Buffer.from(html);
  res.setHeader("Content-Type", "text/html; charset=utf-8");
  res.setHeader("Content-Length", bytes.length);
  res.end(bytes);
}

interface PageLocals extends Record<string, unknown> {
  title: string;
  /** `console` with the left pane (the default for a visitor who is signed in), or `plain`. */
  layout?: "console" | "plain";
}

/** Answers with a whole page: the view inside its layout, with the messages that the last action left. */
export async function page(res: Response, view: string, locals: PageLocals): Promise<void> {
  const all = { ...helpers(res), ...locals };
  const body = renderView(view, all);
  const layout = locals.layout ?? (res.req.visitor ? "console" : "plain");
  const html = renderView(`layouts/${layout}`, { ...all, body, flash: takeFlash(res.req) });
  sendHtml(res, html);
}

/** Answers an htmx request with the partial that the page itself includes: never a second truth. */
export async function fragment(res: Response, view: string, locals: Record<string, unknown>): Promise<void> {
  res.set("Vary", "HX-Request");
  sendHtml(res, renderView(view, { ...helpers(res), ...locals }));
}
