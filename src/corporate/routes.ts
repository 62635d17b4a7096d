import { type Request, type Response, Router } from "express";
import { allow } from "../access/guard.ts";
import { nameOf } from "../access/load-actor.ts";
import { findAccount } from "../accounts/queries.ts";
import { flash } from "../http/flash.ts";
import { attempt, blankForm, type Form, readForm } from "../http/form.ts";
import { page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { instance } from "../instance/queries.ts";
import { createUser } from "./create.ts";
import { createForm } from "./forms.ts";
import { giveOwnMailbox } from "./give-mailbox.ts";
import { activeDomains } from "./queries.ts";

/** Where corporate users are made. At /admin/users. */
export const corporate = Router();

/** The form; without an active domain the page says why nobody can be created, and what to do (D8). */
async function show(req: Request, res: Response, refused?: Form<unknown>) {
  const { accountId } = req.actor;
  const [choices, account, { phoneEnabled }] = await Promise.all([
    activeDomains(accountId),
    findAccount(accountId),
    instance(),
  ]);
  const start = { domain: choices[0]?.name ?? "", personalMailbox: account.personalMailboxes ? "on" : "" };
  return page(refused ? res.status(refused.status ?? 422) : res, "corporate/create", {
    title: t("Create user"),
    choices,
    phoneEnabled,
    form: refused ?? blankForm(start),
  });
}

corporate.get("/create", allow("users.create"), (req, res) => show(req, res));

corporate.post("/create", allow("users.create"), async (req, res) => {
  const form = readForm(createForm, req.body);
  const member = await attempt(form, (values) => createUser(req.actor, values));
  if (!member) return show(req, res, form);

  flash(
    req,
    t("{name} is created, and gets a mail to create a password. Now choose what they may do.", {
      name: nameOf(member),
    }),
  );
  return res.redirect(303, `/admin/users/${member.id}/account`);
});

/** The same that the box on the form does (A49), for who came in while the plan was full. */
corporate.post("/:id/personal-mailbox", allow("users.create"), async (req, res) => {
  const member = await giveOwnMailbox(req.actor, req.params.id);
  flash(req, t("{email} has a personal mailbox now.", { email: member.email }));
  res.redirect(303, `/admin/users/${member.id}/mailboxes`);
});
