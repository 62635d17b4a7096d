import { type Request, type Response, Router } from "express";
import { allow, signedIn } from "../access/guard.ts";
import { confirmed } from "../confirmations/confirmed.ts";
import { hasAny } from "../factors/has-any.ts";
import { attachment } from "../http/attachment.ts";
import { flash } from "../http/flash.ts";
import { attempt, blankForm, type Form, readForm } from "../http/form.ts";
import { page } from "../http/render.ts";
import { sendStream } from "../http/stream.ts";
import { t } from "../i18n/t.ts";
import { changePolicy } from "./change.ts";
import { lackingQuery, policyForm } from "./forms.ts";
import { countLacking, lackingLines, listLacking, mostCounted, policyOf } from "./queries.ts";
import { remindMembers } from "./remind.ts";

/** What an account asks of its members' sign-in, and where those go who lack it. */
export const factorPolicy = Router();

async function show(req: Request, res: Response, refused?: Form<unknown>) {
  const { accountId, userId } = req.actor;
  const account = await policyOf(accountId);
  return page(res.status(refused?.status ?? (refused ? 422 : 200)), "factor-policy/index", {
    title: t("Two-factor sign-in"),
    account,
    own: await hasAny(userId ?? ""),
    lacking: await countLacking(accountId),
    mostCounted,
    form: refused ?? blankForm({ policy: account.secondFactorFrom ? "keep" : "off" }),
  });
}

const path = "/admin/settings/security";

factorPolicy.get(path, allow("account.edit"), confirmed(), (req, res) => show(req, res));

factorPolicy.post(path, allow("account.edit"), confirmed(), async (req, res) => {
  const form = readForm(policyForm, req.body);
  const account = await attempt(form, (values) => changePolicy(req.actor, values));
  if (!account) return show(req, res, form);
  flash(
    req,
    account.secondFactorFrom
      ? t("Saved. Whoever lacks a second factor is told by mail.")
      : t("Saved. A second factor is not asked for."),
  );
  return res.redirect(303, path);
});

factorPolicy.get(`${path}/lacking`, allow("account.edit"), async (req, res) => {
  const query = readForm(lackingQuery, req.query).values;
  const { rows, next } = await listLacking(req.actor.accountId, query);
  const account = await policyOf(req.actor.accountId);
  const title = t("Members without a second factor");
  return page(res, "factor-policy/lacking", { title, account, query, rows, next });
});

factorPolicy.get(`${path}/lacking.csv`, allow("account.edit"), (req, res) => {
  const { q } = readForm(lackingQuery, req.query).values;
  const lines = lackingLines(req.actor.accountId, q);
  return sendStream(res, attachment("without-second-factor.csv", "text/csv; charset=utf-8"), lines);
});

factorPolicy.post(`${path}/reminder`, allow("account.edit"), async (req, res) => {
  const count = await remindMembers(req.actor);
  flash(
    req,
    t(
      "{count, plural, =0 {Nobody lacks a second factor.} one {# mail is on its way.} other {# mails are on their way.}}",
      { count },
    ),
  );
  res.redirect(303, `${path}/lacking`);
});

factorPolicy.get("/profile/security/required", signedIn(), (req, res) => {
  const { account } = req.visitor!;
  if (!account?.factorWanted?.due) return res.redirect(303, "/profile/security");
  return page(res, "factor-policy/required", { title: t("One more thing before you go on"), layout: "plain", account });
});
