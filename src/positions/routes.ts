import { Router } from "express";
import { allow } from "../access/guard.ts";
import { nameOf } from "../access/load-actor.ts";
import { withoutMailboxSince } from "../corporate/queries.ts";
import { flash } from "../http/flash.ts";
import { attempt, blankForm, type Form, readForm } from "../http/form.ts";
import { fragment, page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { backToList } from "../members/back.ts";
import { memberFor } from "../members/queries.ts";
import { addUser } from "./add.ts";
import { changeRole } from "./change-role.ts";
import { addUserForm, changeRoleForm } from "./forms.ts";
import { grantableRoles, heldRoles } from "./queries.ts";

/** The two fixed steps of the console: adding a Viewer, and changing somebody's one role. At /admin/users. */
export const positions = Router();

positions.get("/add", allow("users.add"), (req, res) => {
  const locals = { title: t("Add user"), form: blankForm(), back: backToList(req) };
  if (req.get("HX-Request")) return fragment(res, "positions/_add", locals);
  return page(res, "positions/add", locals);
});

positions.post("/add", allow("users.add"), async (req, res) => {
  const form = readForm(addUserForm, req.body);
  const member = await attempt(form, ({ email }) => addUser(req.actor, email));
  if (!member) return page(res.status(422), "positions/add", { title: t("Add user"), form, back: backToList(req) });

  const { email } = member;
  flash(
    req,
    member.status === "invited"
      ? t("{email} is invited as Viewer.", { email })
      : member.status === "waiting"
        ? t("{email} is added as Viewer, and gets a mail to create a password.", { email })
        : t("{email} is Viewer now.", { email }),
  );
  if (await withoutMailboxSince(member))
    flash(req, t("{email} has no personal mailbox: the plan was full.", { email }), "failed");
  res.redirect(303, backToList(req));
});

async function roleLocals(req: Parameters<typeof backToList>[0], id: string, form?: Form<unknown>) {
  const { actor } = req;
  const member = await memberFor(actor.accountId, id);
  const [choices, held] = await Promise.all([grantableRoles(actor, "account"), heldRoles(actor.accountId, member.id)]);
  const start = held.length === 1 ? held[0]!.value : "";
  return {
    title: t("Change role"),
    member,
    name: nameOf(member),
    choices,
    held,
    back: backToList(req),
    form: form ?? blankForm({ role: start }),
  };
}

positions.get("/:id/role", allow("users.change_role"), async (req, res) => {
  const locals = await roleLocals(req, req.params.id);
  if (req.get("HX-Request")) return fragment(res, "positions/_role", locals);
  return page(res, "positions/role", locals);
});

positions.post("/:id/role", allow("users.change_role"), async (req, res) => {
  const form = readForm(changeRoleForm, req.body);
  if (!form.ok) return page(res.status(422), "positions/role", await roleLocals(req, req.params.id, form));

  const member = await changeRole(req.actor, req.params.id, form.values.role);
  flash(req, t("The role of {name} is changed.", { name: nameOf(member) }));
  res.redirect(303, backToList(req));
});
