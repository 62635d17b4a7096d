import { Router } from "express";
import { allow } from "../access/guard.ts";
import { attachment } from "../http/attachment.ts";
import { page } from "../http/render.ts";
import { sendStream } from "../http/stream.ts";
import { t } from "../i18n/t.ts";
import { mailboxOf, viewers } from "../mailboxes/queries.ts";
import { exportHolders } from "../who-can/export.ts";
import { readPlace, readSearch } from "../who-can/forms.ts";
import { showHolders } from "../who-can/show.ts";
import { readQuestion } from "../why/forms.ts";
import { rightName } from "../why/show.ts";

/** The tab Who can of a mailbox (X3): who may do what in it, on any date, and why. For whoever sees who has access to it. */
export const mailboxWhy = Router();

const [first, ...others] = viewers;

mailboxWhy.get("/:mailboxId/why", allow(first, ...others), async (req, res) => {
  const mailbox = await mailboxOf(req.actor, req.params.mailboxId);
  const asked = await readQuestion(req.actor, { permission: "messages.read", ...req.query, mailbox: mailbox.id });
  const list = { q: readSearch(req.query.q), place: readPlace(req.query.place), fixed: true };
  const shown = await showHolders(req.actor, `/admin/mailboxes/${mailbox.id}/why`, asked, list);
  const title = t("Who can … in {mailbox}", { mailbox: mailbox.name });
  return page(res.status(asked.form.ok ? 200 : 422), "who-can/mailbox", { title, mailbox, ...shown });
});

mailboxWhy.get("/:mailboxId/why/files/csv", allow(first, ...others), async (req, res) => {
  const mailbox = await mailboxOf(req.actor, req.params.mailboxId);
  const asked = await readQuestion(req.actor, { permission: "messages.read", ...req.query, mailbox: mailbox.id });
  if (!asked.question) return res.redirect(303, `/admin/mailboxes/${mailbox.id}/why`);
  const name = `${mailbox.name} - ${rightName(asked.question.permission)} - ${new Date().toISOString().slice(0, 10)}.csv`;
  const headers = attachment(name, "text/csv; charset=utf-8");
  // A look at its headers takes nothing out.
  if (req.method === "HEAD") return res.set(headers).end();
  return sendStream(res, headers, await exportHolders(req.actor, asked.question, readSearch(req.query.q), mailbox));
});
