import { type Request, type Response, Router } from "express";
import { allow } from "../access/guard.ts";
import { addRoles } from "../changes/add-roles.ts";
import { choosePermissions } from "../changes/choose-permissions.ts";
import { Forbidden, Invalid } from "../http/errors.ts";
import { blankForm, type Form, readForm } from "../http/form.ts";
import { page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { permissionChoices, roleChoices } from "./choices.ts";
import { permissionFilter, permissionsForm, rolesForm } from "./forms.ts";
import { linesAt, openEditPage, pathOf, placeOf } from "./page.ts";

/** Add role and Advanced, on the account and, in the same way, on a mailbox (A17). */
export const choices = Router();

type Where = Request<{ id: string; mailboxId?: string }>;
const rolesPaths = ["/:id/roles", "/:id/mailboxes/:mailboxId/roles"];
const permissionsPaths = ["/:id/permissions", "/:id/mailboxes/:mailboxId/permissions"];

async function open(req: Where) {
  const edit = await openEditPage(req.actor, req.params.id);
  if (edit.readOnly) throw new Forbidden(edit.readOnly);
  const place = await placeOf(req.actor, req.params.mailboxId);
  const back = pathOf(edit.member.id, place.mailboxId);
  return { ...edit, place, back, here: linesAt(edit.lines, place.mailboxId) };
}

async function showRoles(req: Where, res: Response, form: Form<unknown>) {
  const edit = await open(req);
  const all = await roleChoices(req.actor, edit.place.mailboxId, edit.here);
  return page(res, "rights/roles", { title: t("Add role"), ...edit, choices: all, form });
}

choices.get(rolesPaths, allow("users.view", "invites.send"), (req, res) =>
  showRoles(req as unknown as Where, res, blankForm()),
);

choices.post(rolesPaths, allow("users.view", "invites.send"), async (req, res) => {
  const { id, mailboxId = null } = (req as unknown as Where).params;
  const form = readForm(rolesForm, req.body);
  if (!form.ok) return showRoles(req as unknown as Where, res.status(422), form);

  await addRoles(req.actor, id, { mailboxId, roles: form.values.role, until: form.values.until });
  res.redirect(303, pathOf(id, mailboxId));
});

async function showPermissions(req: Where, res: Response, asked: unknown, form: Form<unknown>) {
  const edit = await open(req);
  const { q, section, only, ticked, p } = readForm(permissionFilter, asked).values;
  const filter = { q, section, only, ticked: ticked ? new Set(p) : undefined };
  const list = permissionChoices(req.actor, edit.place.mailboxId, edit.here, filter);
  return page(res, "rights/permissions", { title: t("Advanced"), ...edit, filter, ...list, form });
}

choices.get(permissionsPaths, allow("users.view", "invites.send"), (req, res) => {
  const { until } = readForm(permissionFilter, req.query).values;
  return showPermissions(req as unknown as Where, res, req.query, blankForm({ until: until ?? "" }));
});

choices.post(permissionsPaths, allow("users.view", "invites.send"), async (req, res) => {
  const { id, mailboxId = null } = (req as unknown as Where).params;
  const form = readForm(permissionsForm, req.body);
  if (form.errors.until)
    return showPermissions(req as unknown as Where, res.status(422), { ...req.body, ticked: "1" }, form);
  if (!form.ok) throw new Invalid("p", t("The form names a permission that does not exist. Nothing was changed."));

  await choosePermissions(req.actor, id, { mailboxId, permissions: form.values.p, until: form.values.until });
  res.redirect(303, pathOf(id, mailboxId));
});
