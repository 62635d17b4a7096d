import type { ErrorRequestHandler } from "express";
import { isUnavailable } from "../db/errors.ts";
import { t } from "../i18n/t.ts";
import { log } from "../log.ts";
import { AppError, TooMany } from "./errors.ts";
import { cameFrom } from "./local-path.ts";
import { fragment, page } from "./render.ts";

const titles: Record<number, string> = {
  400: "This request cannot be read",
  403: "You may not do this",
  404: "Not found",
  409: "This does not fit any more",
  410: "This is gone",
  413: "This is too large",
  422: "Please check what you entered",
  429: "Too many tries",
  503: "Muster cannot reach its database",
};

const unavailable = () => new AppError(503, t("Nothing was lost or changed. Try again in a moment."));

/** A library's error as ours: body parsers and routers say 4xx in `status`, everything else is our fault. */
function known(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (isUnavailable(error)) return unavailable();
  const status = Number((error as { status?: unknown })?.status);
  if (status === 413) return new AppError(413, t("The form holds more than this page takes."));
  if (status >= 400 && status < 500)
    return new AppError(400, t("Your browser sent something that this page does not understand."));
  return new AppError(500, t("It is our fault, and it has been written to the log."));
}

/** The only place that turns errors into answers: no stack, no SQL, no version (T74). */
export const renderError: ErrorRequestHandler = (error, req, res, next) => {
  const shown = known(error);
  if (shown.status >= 500) log.error({ err: error, requestId: req.id }, "request failed");
  if (res.headersSent) return next(error);

  res.locals.control = shown.control;
  if (shown instanceof TooMany) res.set("Retry-After", String(shown.retryAfter));
  if (shown.status === 503) res.set("Retry-After", "5");
  // Where only a part of a page was asked for, the error stands in that part.
  const answer = req.get("HX-Request") ? fragment : page;
  // A refusal of one step is no reason to lose one's place: filters, the page of the list, the user.
  const from = answer === page && req.visitor ? cameFrom(req) : "";
  answer(res.status(shown.status), "errors/error", {
    title: t(titles[shown.status] ?? "Something went wrong"),
    message: shown.message,
    requestId: String(req.id ?? ""),
    back: req.method === "GET" && from === req.originalUrl ? "" : from,
    forbidden: shown.status === 403 && Boolean(req.visitor),
  });
};
