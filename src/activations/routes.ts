import { type Response, Router } from "express";
import type { z } from "zod";
import type { Actor } from "../access/actor.ts";
import { allow } from "../access/guard.ts";
import { takenInFootnote, takenInSubject, takenInWords } from "../belonging/mail.ts";
import { type Domain, domainFor } from "../domains/queries.ts";
import { attachment } from "../http/attachment.ts";
import { attempt, blankForm, type Form, readForm } from "../http/form.ts";
import { page } from "../http/render.ts";
import { sendStream } from "../http/stream.ts";
import { t } from "../i18n/t.ts";
import { activationForm } from "./forms.ts";
import { isTaken, type Plan, planOf, settingOf } from "./plan.ts";
import { planLines } from "./plan-list.ts";
import { activateDomain, assertActivatable, takenWords } from "./start.ts";

/** Before a domain opens: who would be taken in, and the yes to it. At /admin/domains. */
export const activations = Router();

activations.get("/:id/activation", allow("domains.activate"), async (req, res) => {
  const domain = await domainFor(req.actor.accountId, req.params.id);
  assertActivatable(domain);
  return planPage(req.actor, res, domain, blankForm());
});

activations.get("/:id/activation/plan.csv", allow("domains.activate"), async (req, res) => {
  const domain = await domainFor(req.actor.accountId, req.params.id);
  assertActivatable(domain);
  const headers = attachment(`plan-${domain.name}.csv`, "text/csv; charset=utf-8");
  await sendStream(res, headers, planLines(domain));
});

activations.post("/:id/activation", allow("domains.activate"), async (req, res) => {
  const form = readForm(activationForm, req.body);
  const run = await attempt(form, (values) => activateDomain(req.actor, req.params.id, values));
  if (!run) {
    const domain = await domainFor(req.actor.accountId, req.params.id);
    return planPage(req.actor, res.status(form.status ?? 422), domain, form);
  }
  return res.redirect(303, `/admin/domains/${run.domainId}/run`);
});

/** The plan as it stands; after a refusal also as it was confirmed, where it has become another one. */
async function planPage(
  actor: Actor,
  res: Response,
  domain: Domain,
  form: Form<Partial<z.infer<typeof activationForm>>>,
) {
  const plan = await planOf(domain);
  const names = { account: (await settingOf(actor.accountId)).name, domain: domain.shownName };
  const before = form.errors.version ? form.values.plan : undefined;
  return page(res, "activations/plan", {
    title: t("Activate {domain}", { domain: domain.shownName }),
    domain,
    form,
    plan,
    lines: linesOf(plan, before),
    clash: (await isTaken(domain)) ? takenWords(domain) : "",
    setting: await settingOf(actor.accountId),
    letter: { subject: takenInSubject(names), paragraphs: [...takenInWords(names), takenInFootnote(names)] },
  });
}

/** The plan in words, with what it said when somebody confirmed an older one. */
const linesOf = (plan: Plan, before: Plan | undefined) =>
  (
    [
      ["taken", t("Are taken in")],
      ["members", t("Of them in this account already: they keep their rights")],
      ["invitations", t("Of them invited to this account: the invitation stays theirs to answer")],
      ["owners", t("Of them the only Owner of another account: they stay its Owner")],
      ["clashes", t("Of them without a personal mailbox: its address is another mailbox’s")],
      ["full", t("Of them without a personal mailbox: the plan has no room for it")],
      ["here", t("Corporate users here already: nothing changes")],
      ["elsewhere", t("Skipped: corporate user of another account")],
      ["unproven", t("Skipped: the address is not proven")],
      ["disabled", t("Skipped: the profile is disabled")],
    ] as const
  ).map(([key, label]) => ({ key, label, part: parts.includes(key), count: plan[key], before: before?.[key] }));

/** Lines about some of those who are taken in. */
const parts: (keyof Plan)[] = ["members", "invitations", "owners", "clashes", "full"];
