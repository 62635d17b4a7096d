import type { RequestHandler } from "express";
import helmet from "helmet";
import { config } from "../config.ts";
import { t } from "../i18n/t.ts";
import { AppError, Forbidden } from "./errors.ts";
import { giveFormToken, isFormToken } from "./form-token.ts";

/** T66: nothing runs or loads but our own files; no inline script or style, no frames. */
const protection = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'self'"],
      baseUri: ["'none'"],
      objectSrc: ["'none'"],
      frameAncestors: ["'none'"],
      formAction: ["'self'"],
      imgSrc: ["'self'", "data:"],
    },
  },
  strictTransportSecurity: config.BASE_URL.startsWith("https:")
    ? { maxAge: 31_536_000, includeSubDomains: true }
    : false,
  referrerPolicy: { policy: "same-origin" },
  crossOriginOpenerPolicy: { policy: "same-origin" },
  xFrameOptions: { action: "deny" },
});

/** What helmet sets on an answer: the same on each, so it is asked once. */
function protectiveHeaders(): [string, string][] {
  const headers: [string, string][] = [];
  const answer = { setHeader: (...header: [string, string]) => headers.push(header), removeHeader: () => {} };
  protection({} as never, answer as never, (error) => {
    if (error) throw error;
  });
  return headers;
}

/** Sets them on every answer. */
export const securityHeaders = (): RequestHandler => {
  const headers = protectiveHeaders();
  return (_req, res, next) => {
    for (const [name, value] of headers) res.setHeader(name, value);
    next();
  };
};

/** Pages are personal: no cache keeps them, so that nothing shows after signing out (T59). */
export const noStore: RequestHandler = (_req, res, next) => {
  res.set("Cache-Control", "no-store");
  next();
};

/**
 * T45, T46: a write must come from our own pages. Browsers say so in Sec-Fetch-Site; older ones, and plain http, in
 * Origin. Pages that send neither (`Referrer-Policy: no-referrer` makes it `null`) carry a token bound to the browser.
 */
export const sameOriginOnly: RequestHandler = (req, _res, next) => {
  if (["GET", "HEAD", "OPTIONS"].includes(req.method)) return next();

  const site = req.get("Sec-Fetch-Site");
  if (site) {
    if (site === "same-origin") return next();
    throw new Forbidden(t("This form was sent from another site."), "origin");
  }
  const origin = req.get("Origin");
  if (origin && origin !== "null") {
    if (origin === new URL(config.BASE_URL).origin) return next();
    throw new Forbidden(t("This form was sent from another site."), "origin");
  }
  const token = (req.body as { _csrf?: unknown } | undefined)?._csrf;
  if (isFormToken(req, token)) return next();
  throw new Forbidden(
    t("Your browser did not say which page this form came from. Open the page again and send it once more."),
    "origin",
  );
};

/**
 * A file that is drawn up and noted in the log when somebody asks for it: by its address, or from our own pages, so that no
 * other site has it made in their name (ASVS 3.5.3). Browsers that do not say where they come from are let in.
 */
export const filesFromOwnPages: RequestHandler = (req, _res, next) => {
  const site = req.get("Sec-Fetch-Site") ?? "none";
  if (!/\/(files|attachments)\//.test(req.path) || ["same-origin", "none"].includes(site)) return next();
  throw new Forbidden(t("Another site asked for this file. Open it from its page."), "origin");
};

/** T17, T67: a form is flat, and no field may name an object's inside. */
export const flatBody: RequestHandler = (req, _res, next) => {
  const names = [...Object.keys((req.body as object | undefined) ?? {}), ...Object.keys(req.query)];
  if (names.some((name) => /[[\]]|^__proto__$|^constructor$|^prototype$/.test(name))) {
    throw new AppError(400, t("The form holds a field that cannot be."));
  }
  next();
};

/** Pages behind a mailed link: the link must not travel on in a Referer, so forms prove their origin with a token. */
export const tokenPage: RequestHandler = (req, res, next) => {
  res.set("Referrer-Policy", "no-referrer");
  res.locals.csrf = giveFormToken(req, res);
  next();
};
