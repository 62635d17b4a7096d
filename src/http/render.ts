import type { Request, Response } from "express";
import { can } from "../access/actor.ts";
import { instanceName, offeredLocales } from "../access/instance-settings.ts";
import type { Permission } from "../access/permissions.ts";
import { config } from "../config.ts";
import { formatLastDay } from "../i18n/days.ts";
import { formatAgo, formatBytes, formatDate, formatDateTime, formatNumber } from "../i18n/format.ts";
import { language, localeNames, locales, t } from "../i18n/t.ts";
import { timeZones } from "../i18n/time-zones.ts";
import { asset } from "./assets.ts";
import { takeFlash } from "./flash.ts";
import { type Encoding, keepPage, reader } from "./kept.ts";
import { tone } from "./tone.ts";
import { renderView } from "./view.ts";

/** Views and assets may change at any time. */
const development = process.env.NODE_ENV === "development";

/** Words and formats: what comes out depends on the reader's language, time zone and day alone. */
const words = {
  t,
  asset,
  tone,
  formatAgo,
  formatBytes,
  formatDate,
  formatDateTime,
  formatLastDay,
  formatNumber,
  timeZones,
  localeNames,
  passwordLength: config.PASSWORD_MIN_LENGTH,
  development: !config.production,
};

const pathOf = ({ req }: Response) => (req.baseUrl + req.path).replace(/(.)\/$/, "$1");

/** What every view may call. Built by hand: a request's body or query never reaches EJS as it is (T64). */
function helpers(res: Response) {
  const { req } = res;
  return {
    ...words,
    words,
    /** For a select: what is offered here, and the one that is `chosen` already, even where it is not offered any more. */
    languageOptions: (chosen: unknown) =>
      locales.filter((one) => one === chosen || offeredLocales().includes(one)).map((one) => [one, localeNames[one]]),
    instanceName: instanceName(),
    locale: language().locale,
    /** On pages behind a mailed link (tokenPage): forms carry it as `_csrf`. */
    csrf: res.locals.csrf as string | undefined,
    visitor: req.visitor,
    path: pathOf(res),
    may: (permission: Permission, mailboxId?: string) => Boolean(req.actor && can(req.actor, permission, mailboxId)),
  };
}

/** As bytes whose type and length are given: Express need not look up, parse and compare what is always the same. */
function sendHtml(res: Response, bytes: Buffer) {
  res.setHeader("Content-Type", "text/html; charset=utf-8");
  res.setHeader("Content-Length", bytes.length);
  res.end(bytes);
}

/** How the reader wants it, worked out once for each way of asking: there are as many as there are browsers. */
const wishes = new Map<string, Encoding>();
function encodingFor(req: Request): Encoding {
  const asked = req.get("Accept-Encoding") ?? "identity";
  let wish = wishes.get(asked);
  if (!wish) {
    wish = (["br", "gzip"] as const).find((encoding) => req.acceptsEncodings(encoding)) ?? "identity";
    if (wishes.size < 100) wishes.set(asked, wish);
  }
  return wish;
}

interface PageLocals extends Record<string, unknown> {
  title: string;
  /** `console` with the left pane (the default for a visitor who is signed in), or `plain`. */
  layout?: "console" | "plain";
}

function renderPage(res: Response, view: string, locals: PageLocals): Buffer {
  const all = { ...helpers(res), ...locals };
  const body = renderView(view, all);
  const layout = locals.layout ?? (res.req.visitor ? "console" : "plain");
  return Buffer.from(renderView(`layouts/${layout}`, { ...all, body, flash: takeFlash(res.req) }));
}

/** Answers with a whole page: the view inside its layout, with the messages that the last action left. */
export async function page(res: Response, view: string, locals: PageLocals): Promise<void> {
  sendHtml(res, renderPage(res, view, locals));
}

/**
 * A page that people look at again and again: where nothing has changed for the same visitor, the same bytes leave again.
 * `values` says all that `locals` follow from, beside the visitor, whose rights were read by this request (T38). A page
 * with a message is shown once.
 */
export async function keptPage(res: Response, view: string, values: string, locals: () => PageLocals): Promise<void> {
  const { visitor, session } = res.req;
  const render = () => renderPage(res, view, locals());
  if (!visitor?.written || session?.flash?.length || development) return sendHtml(res, render());
  const house = JSON.stringify([instanceName(), offeredLocales(), view, pathOf(res)]);
  const key = `${house} ${reader()} ${visitor.written} ${values}`;
  const [bytes, encoding] = keepPage(key, render, encodingFor(res.req));
  if (encoding !== "identity") res.setHeader("Content-Encoding", encoding);
  sendHtml(res, bytes);
}

/** Answers an htmx request with the partial that the page itself includes: never a second truth. */
export async function fragment(res: Response, view: string, locals: Record<string, unknown>): Promise<void> {
  res.set("Vary", "HX-Request");
  sendHtml(res, Buffer.from(renderView(view, { ...helpers(res), ...locals })));
}
