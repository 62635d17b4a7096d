import { Router } from "express";
import { allow } from "../access/guard.ts";
import { confirmed } from "../confirmations/confirmed.ts";
import { flash } from "../http/flash.ts";
import { readForm } from "../http/form.ts";
import { page } from "../http/render.ts";
import { hashed } from "../http/session-row.ts";
import { t } from "../i18n/t.ts";
import { endSessionsFor } from "./end-for.ts";
import { historyPage } from "./forms.ts";
import { memberSignIns } from "./queries.ts";

/** Where a corporate user is signed in, and was: for those who edit users. At /admin/users. */
export const userSignIns = Router();

userSignIns.get("/:id/sign-ins", allow("users.edit"), async (req, res) => {
  const { before } = readForm(historyPage, req.query).values;
  const found = await memberSignIns(req.actor, req.params.id, hashed(req.sessionID), before);
  return page(res, "sign-ins/member", { title: found.name, ...found, tab: "sign-ins" });
});

userSignIns.post("/:id/sessions/end", allow("users.edit"), confirmed(), async (req, res) => {
  const { member, count } = await endSessionsFor(req.actor, req.params.id);
  flash(req, t("{count, plural, one {# session is ended.} other {# sessions are ended.}}", { count }));
  res.redirect(303, `/admin/users/${member.id}/sign-ins`);
});

userSignIns.post("/:id/sessions/:sessionId/end", allow("users.edit"), confirmed(), async (req, res) => {
  const { member, count } = await endSessionsFor(req.actor, req.params.id, req.params.sessionId);
  flash(req, t("{count, plural, one {# session is ended.} other {# sessions are ended.}}", { count }));
  res.redirect(303, `/admin/users/${member.id}/sign-ins`);
});
