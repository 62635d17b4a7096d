import { Router } from "express";
import { allow } from "../access/guard.ts";
import { isUuid } from "../http/ids.ts";
import { page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { sealLag, sealsOf } from "../seals/queries.ts";
import { differencesOf } from "./difference.ts";
import { type AuditQuery, filterOf, linkOf, placeOf, readAuditQuery } from "./forms.ts";
import { type AuditEvent, listEvents } from "./queries.ts";
import { eventGroups, eventTitle, subjectWords } from "./titles.ts";

/** Mounted at /admin/audit. It only reads: no route changes an event, and the database refuses it (T95). */
export const audit = Router();

audit.get("/", allow("audit.view"), async (req, res) => {
  const query = readAuditQuery(req.query);
  const { rows, newer, older } = await listEvents(req.actor, filterOf(query), placeOf(req.query));
  const [seals, sealed] = await Promise.all([sealsOf(rows.map(({ id }) => id)), sealLag(req.actor.accountId)]);
  return page(res, "audit/index", {
    title: t("Audit log"),
    query,
    filtered: Object.values(query).some(Boolean),
    // Whoever came by a link asks for one person or thing: the page names it, and the address holds its id.
    pinned: pinnedIn(query, rows[0]),
    sealed,
    rows: rows.map((event) => ({
      ...event,
      seal: seals.get(event.id) ?? null,
      title: eventTitle(event.name),
      subjectLabel: subjectWords(event.subjectType, event.subjectLabel),
      differences: differencesOf(event),
    })),
    newerLink: newer && linkOf(query, { after: newer }),
    olderLink: older && linkOf(query, { before: older }),
    groups: eventGroups(),
  });
});

/** The filters that hold an id, by the name of what they stand for, with the link that drops each. */
function pinnedIn(query: AuditQuery, event: AuditEvent | undefined) {
  const pin = (field: "who" | "subject", words: string | undefined) =>
    isUuid(query[field]) ? [{ field, words: words ?? query[field], without: linkOf({ ...query, [field]: "" }) }] : [];
  return [...pin("who", event?.actorLabel), ...pin("subject", event?.subjectLabel)];
}
