import { Router } from "express";
import { can } from "../access/actor.ts";
import { allow } from "../access/guard.ts";
import { fragment, page } from "../http/render.ts";
import { formatBytes, formatNumber } from "../i18n/format.ts";
import { t } from "../i18n/t.ts";
import { attentionOf, counter, statusLines, tilesOf } from "./board.ts";
import { everyDay, statusChart } from "./chart.ts";
import { figuresOf } from "./figures.ts";
import { standingOf } from "./queries.ts";
import { firstSteps } from "./steps.ts";

/** Mounted at /admin/dashboard: where an account stands (M1). It only reads. */
export const dashboard = Router();

/** How far the chart can look back, in days. */
const spans = [30, 90, 365];

dashboard.get("/", allow("dashboard.view"), async (req, res) => {
  const { actor } = req;
  const days = spans.find((span) => String(span) === req.query.days) ?? 30;
  const watching = req.get("HX-Request") !== undefined;
  const standing = await standingOf(actor, days);
  const shown = await figuresOf(actor, standing, watching);
  const { figures } = shown;
  const past = everyDay(standing.days, figures.statuses, days);
  const locals = {
    ...shown,
    standing,
    days,
    spans,
    counted: counter(figures),
    formatBytes,
    tiles: tilesOf(actor, standing, figures),
    attention: attentionOf(actor, standing, figures),
    steps: firstSteps(actor, standing),
    users: can(actor, "users.view") ? statusLines(actor, figures) : undefined,
    chart: can(actor, "users.view") ? await statusChart(past) : undefined,
    boxes: figures.native.boxes + figures.imap.boxes,
    number: formatNumber,
  };
  if (watching) return fragment(res, "dashboard/_board", locals);
  return page(res, "dashboard/index", { title: t("Dashboard"), ...locals });
});
