import { Router } from "express";
import { allow } from "../access/guard.ts";
import { page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { differencesOf } from "./difference.ts";
import { filterOf, linkOf, placeOf, readAuditQuery } from "./forms.ts";
import { listEvents } from "./queries.ts";
import { eventGroups, eventTitle } from "./titles.ts";

/** Mounted at /admin/audit. It only reads: no route changes an event, and the database refuses it (T95). */
export const audit = Router();

audit.get("/", allow("audit.view"), async (req, res) => {
  const query = readAuditQuery(req.query);
  const { rows, newer, older } = await listEvents(req.actor, filterOf(query), placeOf(req.query));
  return page(res, "audit/index", {
    title: t("Audit log"),
    query,
    filtered: Object.values(query).some(Boolean),
    rows: rows.map((event) => ({ ...event, title: eventTitle(event.name), differences: differencesOf(event) })),
    newerLink: newer && linkOf(query, { after: newer }),
    olderLink: older && linkOf(query, { before: older }),
    groups: eventGroups(),
  });
});
