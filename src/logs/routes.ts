import { Router } from "express";
import { allow } from "../access/guard.ts";
import { config } from "../config.ts";
import { attachment } from "../http/attachment.ts";
import { page } from "../http/render.ts";
import { sendStream } from "../http/stream.ts";
import { t } from "../i18n/t.ts";
import { apiCallLog } from "./api-calls.ts";
import { deliveryLog } from "./deliveries.ts";
import { exportLog } from "./export.ts";
import { periods } from "./filters.ts";
import type { Asked, Log } from "./log.ts";
import { mailboxActivityLog } from "./mailbox-activity.ts";
import { mailLog } from "./mails.ts";
import { mostLooked } from "./walk.ts";

/** Mounted at /admin/logs: what happened besides the audit log. It only reads (M15). */
export const logPages = Router();

/** The logs in the order of their tabs. */
const logs = [apiCallLog, mailboxActivityLog, deliveryLog, mailLog] as unknown as Log[];

/** How long what stands in a log is kept; the same numbers as in src/health/sweep.ts. */
const keptWords = ({ path }: Log): string =>
  path === "mailboxes"
    ? t("Kept for good: it is part of the audit log.")
    : t("Kept for {days} days.", { days: path === "mails" ? 90 : config.LOG_DAYS });

/** The query string of a page of a log, or of its file. */
function queryOf(asked: Asked, place: object = {}): string {
  const parts = Object.entries({ ...asked, ...place }).filter(([, value]) => value !== "" && value !== undefined);
  const search = new URLSearchParams(parts.map(([name, value]) => [name, String(value)])).toString();
  return search ? `?${search}` : "";
}

/** The address of a log. */
const addressOf = ({ path }: Pick<Log, "path">): string => (path ? `/admin/logs/${path}` : "/admin/logs");

const periodWords = () => ({
  "24h": t("Last 24 hours"),
  "7d": t("Last 7 days"),
  "30d": t("Last 30 days"),
  "90d": t("Last 90 days"),
});

const text = (value: unknown) => (typeof value === "string" ? value : undefined);

for (const log of logs) {
  logPages.get(`/${log.path}`, allow("logs.view"), async (req, res) => {
    const { actor } = req;
    const asked = log.read(req.query, actor);
    const place = { before: text(req.query.before), after: text(req.query.after) };
    const { rows, newer, older, lookedTo } = await log.find(actor, asked, place, 50);
    const here = addressOf(log);
    return page(res, "logs/index", {
      title: t("Logs"),
      tabs: logs.map((each) => ({ words: each.title(), href: addressOf(each), here: each === log })),
      log: { title: log.title(), about: log.about(), empty: log.empty(), icon: log.icon, partial: log.partial },
      kept: keptWords(log),
      here,
      asked,
      filtered: Object.values(asked).some(Boolean),
      fields: await log.fields(actor, asked, rows),
      without: (name: string) => here + queryOf({ ...asked, [name]: "" }),
      periods: (Object.keys(periods) as (keyof typeof periods)[]).map((period) => [period, periodWords()[period]]),
      rows: await log.show(actor, rows),
      newerLink: newer && here + queryOf(asked, { after: newer }),
      olderLink: older && here + queryOf(asked, { before: older }),
      lookedTo,
      mostLooked,
      file: `/admin/logs/files/${log.file}.csv${queryOf(asked)}`,
    });
  });

  logPages.get(`/files/${log.file}.csv`, allow("logs.view"), async (req, res) => {
    const lines = await exportLog(req.actor, log, log.read(req.query, req.actor), req.method === "HEAD");
    const day = new Date().toISOString().slice(0, 10);
    return sendStream(res, attachment(`${log.file}-${day}.csv`, "text/csv; charset=utf-8"), lines);
  });
}
