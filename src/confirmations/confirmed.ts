import type { NextFunction, Request, Response } from "express";
import { sharedNow } from "../db/clock.ts";
import { flash } from "../http/flash.ts";
import { localPath } from "../http/local-path.ts";
import { t } from "../i18n/t.ts";

/** For how long whoever proved themselves is not asked again, in milliseconds. */
export const proofLasts = 10 * 60_000;

/** Whether the visitor proved who they are within the last ten minutes: by signing in, or at /confirm. */
export const isConfirmed = (req: Pick<Request, "session">): boolean =>
  Date.parse(req.session.provenAt ?? "") > sharedNow() - proofLasts;

/**
 * Where to go on to. A form that was posted is not kept, least of all a sensitive one: the person comes back to the page
 * that it stands on, which the browser names.
 */
function nextOf(req: Request): string {
  if (req.method === "GET" || req.method === "HEAD") return req.originalUrl;
  const referer = req.get("Referer");
  const page = referer && URL.canParse(referer) ? new URL(referer) : undefined;
  return localPath(page && page.host === req.get("Host") ? `${page.pathname}${page.search}` : "", "/");
}

/**
 * Stands after the guard of what should not be done by whoever finds a browser open: who did not prove themselves in the
 * last ten minutes is sent to /confirm and back. Put it on the page of the form as well, so that nothing typed is lost.
 */
export const confirmed =
  () =>
  <P>(req: Request<P>, res: Response, next: NextFunction): void => {
    if (isConfirmed(req)) next();
    else askToConfirm(req as unknown as Request, res);
  };

function askToConfirm(req: Request, res: Response): void {
  if (req.method === "POST")
    flash(req, t("Nothing is done yet. Confirm that it is you, then send the form once more."), "failed");
  const target = `/confirm?next=${encodeURIComponent(nextOf(req))}`;
  if (req.get("HX-Request")) res.status(401).set("HX-Redirect", target).end();
  else res.redirect(303, target);
}
