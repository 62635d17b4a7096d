import type { RequestHandler } from "express";
import { log } from "../log.ts";

/** Mailed links carry a secret in their path: the log shows the door, not the key (T70). */
const hideSecrets = (url: string) => url.replace(/\?.*$/, "").replace(/[\w-]{43}/g, "…");
const unseen = /^\/(assets|healthz|readyz)/;
const levelOf = (status: number) => (status >= 500 ? "error" : status >= 400 ? "warn" : "info");

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
        responseTime: Date.now() - began,
      },
      res.writableFinished ? "request answered" : "request given up by the client",
    );
  });
  next();
};
