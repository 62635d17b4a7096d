import type { Request, RequestHandler, Response } from "express";
import { log } from "../log.ts";
import type { Control } from "./errors.ts";

/** Mailed links carry a secret in their path: the log shows the door, not the key (T70). */
const hideSecrets = (url: string) => url.replace(/\?.*$/, "").replace(/[\w-]{43}/g, "…");
const unseen = /^\/(assets|healthz|readyz)/;
const levelOf = (status: number) => (status >= 500 ? "error" : status >= 400 ? "warn" : "info");

/** What refused, and whom, where that is known (ASVS 16.3.2, 16.3.3): ids only, which open nothing. */
function refusal({ visitor, session }: Request, { statusCode, locals }: Response) {
  if (statusCode !== 403 && statusCode !== 429 && !locals.control) return {};
  const client = locals.client as Partial<Record<"id" | "accountId", string>> | undefined;
  const user = visitor?.userId ?? session?.pending?.userId;
  const control = locals.control as Control | undefined;
  return { control, user, account: visitor?.account?.id ?? client?.accountId, client: client?.id };
}

/** One line per request with its id, which the page shows when something goes wrong. */
export const requestLog: RequestHandler = (req, res, next) => {
  req.id = crypto.randomUUID();
  if (unseen.test(req.url)) return next();

  const began = Date.now();
  res.once("close", () => {
    const level = levelOf(res.statusCode);
    if (!log.isLevelEnabled(level)) return;
    log[level](
      {
        reqId: req.id,
        req: { method: req.method, path: hideSecrets(req.originalUrl) },
        res: { status: res.statusCode },
        ...refusal(req, res),
        responseTime: Date.now() - began,
      },
      res.writableFinished ? "request answered" : "request given up by the client",
    );
  });
  next();
};
