import { type Request, type Response, Router } from "express";
import { z } from "zod";
import { allow } from "../access/guard.ts";
import { flash } from "../http/flash.ts";
import { attempt, blankForm, type Form, readForm } from "../http/form.ts";
import { page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { mostMailboxes } from "../plans/forms.ts";
import { findPlan, inWords, offeredPlans, planOfAccount } from "../plans/queries.ts";
import { versionField } from "../profile/forms.ts";
import { changePlan, tooManyWords } from "./change-plan.ts";
import { overOf, used } from "./queries.ts";

/** What the account pays for, and how much of it is in use. At /admin/subscription. */
export const subscription = Router();

const changeForm = z.object({ from: z.string().max(36), version: versionField() });

subscription.get("/", allow("subscription.view"), async (req, res) => {
  const { accountId } = req.actor;
  const [current, offered, count] = await Promise.all([planOfAccount(accountId), offeredPlans(), used(accountId)]);
  return page(res, "subscription/index", {
    title: t("Subscription"),
    current: inWords(current),
    offered: offered.map(inWords),
    used: count,
    mostMailboxes,
    overOf,
    tooManyWords,
  });
});

subscription.get("/plans/:planId", allow("subscription.change"), (req, res) => confirm(req, res));

subscription.post("/plans/:planId", allow("subscription.change"), async (req, res) => {
  const form = readForm(changeForm, req.body);
  const plan = await attempt(form, (values) => changePlan(req.actor, req.params.planId, values));
  if (!plan) return confirm(req, res.status(form.status ?? 422), form);
  flash(req, t("The account has the plan “{plan}” now.", { plan: plan.name }));
  return res.redirect(303, "/admin/subscription");
});

/** What changes with the plan, and what stands in the way. */
async function confirm(req: Request<{ planId: string }>, res: Response, refused?: Form<unknown>) {
  const { accountId } = req.actor;
  const [current, found, count] = await Promise.all([
    planOfAccount(accountId),
    findPlan(req.params.planId),
    used(accountId),
  ]);
  const plan = inWords(found);
  const over = overOf(plan, count);
  return page(res, "subscription/change", {
    title: t("Change to “{plan}”?", { plan: plan.name }),
    current: inWords(current),
    plan,
    used: count,
    over,
    obstacle: over > 0 ? tooManyWords(plan, over) : "",
    form: refused ?? blankForm(),
  });
}
