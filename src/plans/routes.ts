import { type Request, type Response, Router } from "express";
import { allowInstance } from "../access/guard.ts";
import { personOf } from "../access/person.ts";
import { flash } from "../http/flash.ts";
import { attempt, blankForm, type Form, readForm } from "../http/form.ts";
import { page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { changePlan } from "./change.ts";
import { createPlan } from "./create.ts";
import { newPlanForm, planForm, versionForm } from "./forms.ts";
import { makeDefault } from "./make-default.ts";
import { findPlan, latestChanges, mostCounted, type Plan, plansWithUse } from "./queries.ts";
import { retirePlan } from "./retire.ts";

/** The plans that accounts choose among, for whoever runs the installation. At /instance/plans. */
export const planRoutes = Router();

planRoutes.get("/", allowInstance(), async (_req, res) => {
  const [rows, news] = await Promise.all([plansWithUse(), latestChanges()]);
  return page(res, "plans/index", { title: t("Plans"), rows, news, mostCounted });
});

planRoutes.get("/new", allowInstance(), (_req, res) => newPage(res, blankForm({ position: "0" })));

planRoutes.post("/", allowInstance(), async (req, res) => {
  const form = readForm(newPlanForm, req.body);
  const plan = await attempt(form, (values) => createPlan(personOf(req), values));
  if (!plan) return newPage(res.status(form.status ?? 422), form);
  flash(req, t("“{plan}” is offered from now on.", { plan: plan.name }));
  return res.redirect(303, "/instance/plans");
});

planRoutes.get("/:planId", allowInstance(), async (req, res) => {
  const plan = await findPlan(req.params.planId);
  return planPage(res, plan, blankForm(typedOf(plan)));
});

planRoutes.post("/:planId", allowInstance(), async (req, res) => {
  const form = readForm(planForm, req.body);
  const plan = await attempt(form, (values) => changePlan(personOf(req), req.params.planId, values));
  if (!plan) return planPage(res.status(form.status ?? 422), await findPlan(req.params.planId), form);
  flash(req, t("“{plan}” was saved.", { plan: plan.name }));
  return res.redirect(303, "/instance/plans");
});

planRoutes.get("/:planId/default", allowInstance(), (req, res) => confirm(req, res, "default"));

planRoutes.post("/:planId/default", allowInstance(), async (req, res) => {
  const form = readForm(versionForm, req.body);
  const plan = await attempt(form, (values) => makeDefault(personOf(req), req.params.planId, values));
  if (!plan) return confirm(req, res.status(409), "default", form);
  flash(req, t("Accounts begin with “{plan}” from now on.", { plan: plan.name }));
  return res.redirect(303, "/instance/plans");
});

planRoutes.get("/:planId/retirement", allowInstance(), (req, res) => confirm(req, res, "retirement"));

planRoutes.post("/:planId/retirement", allowInstance(), async (req, res) => {
  const form = readForm(versionForm, req.body);
  const plan = await attempt(form, (values) => retirePlan(personOf(req), req.params.planId, values));
  if (!plan) return confirm(req, res.status(409), "retirement", form);
  flash(req, t("“{plan}” is not offered any more.", { plan: plan.name }));
  return res.redirect(303, "/instance/plans");
});

const typedOf = (plan: Plan) => ({
  name: plan.name,
  about: plan.about,
  mailboxes: plan.mailboxes === null ? "" : String(plan.mailboxes),
  price: plan.price,
  position: String(plan.position),
});

const newPage = (res: Response, form: Form<unknown>) => page(res, "plans/new", { title: t("New plan"), form });

const planPage = (res: Response, plan: Plan, form: Form<unknown>) =>
  page(res, "plans/plan", { title: plan.name, plan, form });

/** The page that says what it means before a plan is retired or becomes the default. */
async function confirm(
  req: Request<{ planId: string }>,
  res: Response,
  what: "default" | "retirement",
  refused?: Form<unknown>,
) {
  const plan = await findPlan(req.params.planId);
  const title =
    what === "default" ? t("Begin with “{plan}”?", { plan: plan.name }) : t("Retire “{plan}”?", { plan: plan.name });
  return page(res, `plans/${what}`, { title, plan, form: refused ?? blankForm() });
}
