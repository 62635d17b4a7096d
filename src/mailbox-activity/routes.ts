import { Router } from "express";
import { can } from "../access/actor.ts";
import { allow } from "../access/guard.ts";
import { attachment } from "../http/attachment.ts";
import { page } from "../http/render.ts";
import { sendStream } from "../http/stream.ts";
import { t } from "../i18n/t.ts";
import { linksOf } from "../messages/forms.ts";
import { exportActivity } from "./export.ts";
import { activityKinds, placeOf, placeWords, readActivityQuery, searchOf } from "./forms.ts";
import { activityOf, watchedMailbox } from "./queries.ts";
import { shownActivity } from "./show.ts";

/** The log of one mailbox, at /admin/mailboxes: who looked into it, what was changed, who came and went. It only reads. */
export const mailboxActivity = Router();

mailboxActivity.get("/:mailboxId/activity", allow("logs.view", "mailbox.manage"), async (req, res) => {
  const { actor } = req;
  const mailbox = await watchedMailbox(actor, req.params.mailboxId);
  const query = readActivityQuery(req.query);
  const place = placeOf(req.query.place);
  const { rows, next } = await activityOf(actor, mailbox.id, query, place);
  const here = `/admin/mailboxes/${mailbox.id}/activity`;
  const links = linksOf(mailbox.id);
  return page(res, "mailbox-activity/index", {
    title: t("Activity of {mailbox}", { mailbox: mailbox.name }),
    ...{ mailbox, query, here },
    kinds: activityKinds.map((kind) => [kind, kindWords()[kind]]),
    rows: rows.map(shownActivity),
    filtered: Object.values(query).some(Boolean),
    readable: !mailbox.archivedAt && can(actor, "messages.read", mailbox.id),
    linkTo: ({ folder, uid }: { folder: string; uid: number }) => links.message(folder, uid),
    newestLink: (place.event || place.grant) && here + searchOf(query),
    olderLink: next && here + searchOf(query, placeWords(next)),
    file: `${here}/files/csv${searchOf(query)}`,
  });
});

mailboxActivity.get("/:mailboxId/activity/files/csv", allow("logs.view", "mailbox.manage"), async (req, res) => {
  const mailbox = await watchedMailbox(req.actor, req.params.mailboxId);
  const name = `${mailbox.name} - ${new Date().toISOString().slice(0, 10)}.csv`;
  const headers = attachment(name, "text/csv; charset=utf-8");
  // A look at its headers takes nothing out.
  if (req.method === "HEAD") return res.set(headers).end();
  return sendStream(res, headers, await exportActivity(req.actor, mailbox, readActivityQuery(req.query)));
});

const kindWords = () => ({
  read: t("Who looked into it"),
  access: t("Who was given or lost access"),
  changed: t("What was changed"),
});
