import { pino } from "pino";
import { config } from "./config.ts";

/** Keys that may hold a secret or a whole link: never written, wherever they stand (T70). */
const secrets = ["password", "token", "secret", "cookie", "authorization", "set-cookie", "link"];

/** One JSON line per event in production, readable lines in development. Values are fields, never glued into the text. */
export const log = pino({
  level: process.env.NODE_ENV === "test" ? (process.env.LOG_LEVEL ?? "silent") : config.LOG_LEVEL,
  base: { process: process.env.MUSTER_PROCESS ?? "web" },
  redact: {
    paths: secrets
      .flatMap((key) => [key, `*.${key}`, `*.*.${key}`].map((path) => path.replace(/[\w]+-[\w]+$/, `["${key}"]`)))
      .map((p) => p.replace('.["', '["')),
    censor: "[removed]",
  },
  ...(config.production || process.env.LOG_JSON
    ? {}
    : {
        transport: {
          target: "pino-pretty",
          options: { ignore: "pid,hostname,process", translateTime: "SYS:HH:MM:ss" },
        },
      }),
});
