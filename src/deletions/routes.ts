import { type Request, type Response, Router } from "express";
import { allow, signedIn } from "../access/guard.ts";
import { personOf } from "../access/person.ts";
import { findAccount } from "../accounts/queries.ts";
import { confirmed } from "../confirmations/confirmed.ts";
import { flash } from "../http/flash.ts";
import { attempt, blankForm, type Form, readForm } from "../http/form.ts";
import { page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { orphanedSince } from "../releases/queries.ts";
import { beginAnew } from "../sessions/begin-anew.ts";
import { deleteAccount } from "./delete-account.ts";
import { deleteProfile } from "./delete-profile.ts";
import { deletionForm, ownDeletionForm } from "./forms.ts";
import { consequences, ownedAlone } from "./queries.ts";
import { restoreAccount } from "./restore-account.ts";

/** Deleting an account and taking that back, and deleting oneself. */
export const deletions = Router();

async function show(req: Request, res: Response, form?: Form<unknown>) {
  const { accountId } = req.actor;
  return page(form ? res.status(form.status ?? 422) : res, "deletions/account", {
    title: t("Delete the account"),
    account: await findAccount(accountId),
    ...(await consequences(accountId)),
    form: form ?? blankForm(),
  });
}

deletions.get("/admin/settings/deletion", allow("account.delete"), confirmed(), (req, res) => show(req, res));

deletions.post("/admin/settings/deletion", allow("account.delete"), confirmed(), async (req, res) => {
  const form = readForm(deletionForm, req.body);
  const account = await attempt(form, (values) => deleteAccount(req.actor, values));
  if (!account) return show(req, res, form);

  delete req.session.accountId;
  flash(req, t("{name} is deleted. Its owners can restore it for 30 days.", { name: account.name }));
  return res.redirect(303, "/accounts");
});

deletions.post("/accounts/:id/restore", signedIn(), async (req, res) => {
  const account = await restoreAccount(personOf(req), req.params.id);
  req.session.accountId = account.id;
  flash(
    req,
    t("{name} is restored. Its domains are not active: activate them again if they should take people in.", {
      name: account.name,
    }),
  );
  res.redirect(303, "/");
});

async function showOwn(req: Request, res: Response, form?: Form<unknown>) {
  const { userId, corporateAccountId } = personOf(req);
  return page(form ? res.status(form.status ?? 422) : res, "deletions/profile", {
    title: t("Delete your profile"),
    ...(await ownedAlone(userId)),
    orphaned: corporateAccountId ? await orphanedSince(userId) : undefined,
    form: form ?? blankForm(),
  });
}

deletions.get("/profile/deletion", signedIn(), (req, res) => showOwn(req, res));

deletions.post("/profile/deletion", signedIn(), async (req, res) => {
  const form = readForm(ownDeletionForm, req.body);
  const done = await attempt(form, async (values) => {
    await deleteProfile(personOf(req), values);
    return true;
  });
  if (!done) return showOwn(req, res, form);

  await beginAnew(req);
  flash(req, t("Your profile is deleted."));
  return res.redirect(303, "/sign-in");
});
