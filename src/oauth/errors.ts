import type { ErrorRequestHandler } from "express";
import { isUnavailable } from "../db/errors.ts";
import { log } from "../log.ts";

type Code =
  | "invalid_request"
  | "invalid_client"
  | "invalid_grant"
  | "unauthorized_client"
  | "unsupported_grant_type"
  | "invalid_scope"
  | "temporarily_unavailable"
  | "server_error";

/** An error of the token endpoint, as RFC 6749, section 5.2 names it; the description is English, for who writes the program. */
export class OAuthError extends Error {
  code: Code;
  status: number;
  headers: Record<string, string>;
  constructor(code: Code, description: string, status = 400, headers: Record<string, string> = {}) {
    super(description);
    this.code = code;
    this.status = status;
    this.headers = headers;
  }
}

/** An unknown client and a wrong secret look the same; who tried with Basic is asked for it again. */
export const invalidClient = (): OAuthError =>
  new OAuthError("invalid_client", "The client or its secret is not known here.", 401, {
    "WWW-Authenticate": 'Basic realm="Muster", charset="UTF-8"',
  });

function known(error: unknown): OAuthError {
  if (error instanceof OAuthError) return error;
  if (isUnavailable(error))
    return new OAuthError("temporarily_unavailable", "Try again in a moment.", 503, { "Retry-After": "5" });
  const status = Number((error as { status?: unknown })?.status);
  if (status === 413) return new OAuthError("invalid_request", "The request is too large.", 413);
  if (status >= 400 && status < 500) return new OAuthError("invalid_request", "The request cannot be read.");
  return new OAuthError("server_error", "It is our fault, and it has been written to the log.", 500);
}

/** The only place that turns errors of the token endpoint into answers (T74). */
export const answerOAuthError: ErrorRequestHandler = (error, req, res, next) => {
  const { code, message, status, headers } = known(error);
  if (status >= 500) log.error({ err: error, requestId: req.id }, "request failed");
  if (res.headersSent) return next(error);
  res.status(status).set(headers).json({ error: code, error_description: message });
};
