import { pino } from "pino";
import { config } from "./config.ts";

/** Keys that may hold a secret or a whole link: never written, wherever they stand (T70). */
const secrets = ["password", "token", "secret", "cookie", "set-cookie", "authorization", "link"];
const anywhere = ["", "*", "*.*"];

/** A failed query names its parameters, among them addresses and hashes: the log keeps the statement only. */
function withoutParameters(error: Error): object {
  const { params, query, ...plain } = pino.stdSerializers.err(error) as unknown as Record<string, unknown>;
  const cut = (text: unknown) => String(text ?? "").replace(/\nparams:.*?(?=\n {4}at |$)/gs, "");
  return { ...plain, message: cut(plain.message), stack: cut(plain.stack) };
}

/** One JSON line per event in production, readable lines in development. Values are fields, never glued into the text. */
export const log = pino({
  level: process.env.NODE_ENV === "test" ? (process.env.LOG_LEVEL ?? "silent") : config.LOG_LEVEL,
  base: { process: process.env.MUSTER_PROCESS ?? "web" },
  serializers: { err: withoutParameters },
  redact: { paths: secrets.flatMap((key) => anywhere.map((at) => `${at}["${key}"]`)), censor: "[removed]" },
  ...(config.production || process.env.LOG_JSON
    ? {}
    : {
        transport: {
          target: "pino-pretty",
          options: { ignore: "pid,hostname,process", translateTime: "SYS:HH:MM:ss" },
        },
      }),
});
