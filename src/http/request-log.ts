import { pinoHttp } from "pino-http";
import { log } from "../log.ts";

/** Mailed links carry a secret in their path: the log shows the door, not the key (T70). */
const hideSecrets = (url: string) => url.replace(/\?.*$/, "").replace(/[\w-]{43}/g, "…");

/** One line per request with its id, which the page shows when something goes wrong. */
export const requestLog = pinoHttp({
  logger: log,
  genReqId: () => crypto.randomUUID(),
  customLogLevel: (_req, res, error) =>
    error || res.statusCode >= 500 ? "error" : res.statusCode >= 400 ? "warn" : "info",
  autoLogging: { ignore: (req) => /^\/(assets|healthz|readyz)/.test(req.url ?? "") },
  serializers: {
    req: (req) => ({ id: req.id, method: req.method, path: hideSecrets(req.raw.originalUrl ?? req.url) }),
    res: (res) => ({ status: res.statusCode }),
  },
  quietReqLogger: true,
});
