import { Router } from "express";
import { allow } from "../access/guard.ts";
import { attachment } from "../http/attachment.ts";
import { page } from "../http/render.ts";
import { sendStream } from "../http/stream.ts";
import { t } from "../i18n/t.ts";
import { readQuestion } from "../why/forms.ts";
import { rightName } from "../why/show.ts";
import { exportHolders } from "./export.ts";
import { readPlace, readSearch } from "./forms.ts";
import { showHolders } from "./show.ts";

/** Who can do something, at /admin/access: the reverse of a user's Why (X3). It only reads. */
export const whoCanPages = Router();

whoCanPages.get("/", allow("users.view"), async (req, res) => {
  const asked = await readQuestion(req.actor, req.query);
  const list = { q: readSearch(req.query.q), place: readPlace(req.query.place) };
  const shown = await showHolders(req.actor, "/admin/access", asked, list);
  return page(res.status(asked.form.ok ? 200 : 422), "who-can/index", { title: t("Who can …"), ...shown });
});

whoCanPages.get("/files/csv", allow("users.view"), async (req, res) => {
  const { question, place, form } = await readQuestion(req.actor, req.query);
  if (!question) return res.redirect(303, `/admin/access?${new URLSearchParams(form.typed as Record<string, string>)}`);
  const name = [rightName(question.permission), place.name, new Date().toISOString().slice(0, 10)].filter(Boolean);
  const headers = attachment(`${name.join(" - ")}.csv`, "text/csv; charset=utf-8");
  // A look at its headers takes nothing out.
  if (req.method === "HEAD") return res.set(headers).end();
  const mailbox = question.mailboxId ? { id: question.mailboxId, name: place.name ?? "" } : null;
  return sendStream(res, headers, await exportHolders(req.actor, question, readSearch(req.query.q), mailbox));
});
