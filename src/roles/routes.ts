import { type Request, type Response, Router } from "express";
import { can } from "../access/actor.ts";
import { allow } from "../access/guard.ts";
import { type Level, permissions } from "../access/permissions.ts";
import { lacking } from "../access/policy.ts";
import { lastEventOf } from "../audit/queries.ts";
import { holdersCap, holdersInWords, withUsers } from "../holders/counts.ts";
import { roleHolders } from "../holders/role.ts";
import { flash } from "../http/flash.ts";
import { attempt, blankForm, type Form, readForm } from "../http/form.ts";
import { fragment, page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { previewRole } from "./blast-radius.ts";
import { copyRole } from "./copy.ts";
import { createRole } from "./create.ts";
import { deleteRole } from "./delete.ts";
import { editRole } from "./edit.ts";
import { asksToSearch, choices, choosingForm, newRoleForm, roleForm, tickedAfter, versionForm } from "./forms.ts";
import { assertCustom, listRoles, type Role, roleName, roleOf } from "./queries.ts";

type Asking = Pick<Request, "actor" | "get" | "body">;

/** Mounted at /admin/roles. */
export const roles = Router();

roles.get("/", allow("roles.view"), async (req, res) => {
  const all = await withUsers(req.actor.accountId, await listRoles(req.actor.accountId));
  return page(res, "roles/index", {
    title: t("Roles"),
    system: all.filter((role) => role.system),
    custom: all.filter((role) => !role.system),
    roleName,
    holdersInWords,
    holdersCap,
  });
});

roles.get("/new", allow("roles.add"), (req, res) => {
  const level = levelOf(req.query.level);
  return newPage(req, res, blankForm({ name: "", about: "", level, permissions: [] }));
});

roles.post("/new/selection", allow("roles.add"), (req, res) => choosing(req, res, levelOf(req.body?.level)));

roles.post("/", allow("roles.add"), async (req, res) => {
  const form = readForm(newRoleForm, req.body);
  if (asksToSearch(form)) return newPage(req, res, { ...form, errors: {} });

  const role = await attempt(form, ({ name, about, level, permissions }) =>
    createRole(req.actor, { name, about, level, permissions }),
  );
  if (!role) return newPage(req, res.status(422), form);
  flash(req, t("“{role}” was created. Add role offers it from now on.", { role: role.name }));
  res.redirect(303, `/admin/roles/${role.id}`);
});

roles.get("/:roleId", allow("roles.view"), async (req, res) => {
  const role = await roleOf(req.actor, req.params.roleId);
  return rolePage(req, res, role, blankForm(typedOf(role)));
});

roles.post("/:roleId/selection", allow("roles.edit"), async (req, res) => {
  const role = await roleOf(req.actor, req.params.roleId);
  return choosing(req, res, role.level, role);
});

roles.post("/:roleId/preview", allow("roles.edit"), async (req, res) => {
  const role = await roleOf(req.actor, req.params.roleId);
  const form = readForm(roleForm, req.body);
  if (asksToSearch(form) || form.typed.again) return rolePage(req, res, role, { ...form, errors: {} });

  const preview = await attempt(form, (values) => previewRole(req.actor, role, values));
  if (!preview) return refusedPage(req, res, role, form);
  const title = t("Change “{role}”?", { role: role.name });
  return page(res, "roles/preview", { title, role, form, ...preview, permissions });
});

roles.post("/:roleId", allow("roles.edit"), async (req, res) => {
  const form = readForm(roleForm, req.body);
  const saved = await attempt(form, (values) => editRole(req.actor, req.params.roleId, values));
  if (!saved) return refusedPage(req, res, await roleOf(req.actor, req.params.roleId), form);
  flash(req, t("“{role}” was saved.", { role: saved.name }));
  res.redirect(303, `/admin/roles/${saved.id}`);
});

roles.post("/:roleId/copy", allow("roles.add"), async (req, res) => {
  const { role, left } = await copyRole(req.actor, req.params.roleId);
  flash(req, t("“{role}” was created. Add role offers it from now on.", { role: role.name }));
  if (left > 0) {
    flash(
      req,
      t(
        "{left, plural, one {# permission was} other {# permissions were}} left out, because you do not hold it yourself.",
        { left },
      ),
      "failed",
    );
  }
  res.redirect(303, `/admin/roles/${role.id}`);
});

roles.get("/:roleId/deletion", allow("roles.delete"), async (req, res) => {
  const role = await roleOf(req.actor, req.params.roleId);
  return deletionPage(req, res, role, blankForm({ version: String(role.version) }));
});

roles.post("/:roleId/deletion", allow("roles.delete"), async (req, res) => {
  const form = readForm(versionForm, req.body);
  const role = await attempt(form, (values) => deleteRole(req.actor, req.params.roleId, values));
  if (!role) return deletionPage(req, res.status(409), await roleOf(req.actor, req.params.roleId), form);
  flash(req, t("“{role}” was deleted.", { role: role.name }));
  res.redirect(303, "/admin/roles");
});

const levelOf = (asked: unknown): Level => (asked === "mailbox" ? "mailbox" : "account");

const typedOf = (role: Role) => ({
  name: role.name,
  about: role.about,
  permissions: role.permissions,
  version: String(role.version),
});

const newPage = (req: Asking, res: Response, form: Form<unknown>) => {
  const level = levelOf(form.typed.level);
  const locals = { form, level, role: null, base: "/admin/roles/new", sections: choices(form.typed, level, req.actor) };
  return page(res, "roles/new", { title: t("New role"), ...locals });
};

/** The page of a role: a form for those who may edit it, else what it holds. */
async function rolePage(req: Asking, res: Response, role: Role, form: Form<unknown>) {
  const rights = role.permissions.map((permission) => ({ permission, mailboxId: null }));
  const beyond = lacking(req.actor, rights).length;
  const editable = !role.system && can(req.actor, "roles.edit") && beyond === 0;
  return page(res, "roles/role", {
    title: roleName(role),
    role,
    form,
    editable,
    beyond,
    level: role.level,
    base: `/admin/roles/${role.id}`,
    sections: choices(form.typed, role.level, req.actor),
    holders: await roleHolders(req.actor.accountId, role, 8),
    lastEvent: await lastEventOf(req.actor.accountId, role.id),
  });
}

/** The form again, as it is being filled in: a search, a whole section ticked. htmx gets the permissions only. */
function choosing(req: Asking, res: Response, level: Level, role?: Role) {
  const { typed } = readForm(choosingForm, req.body);
  const form = blankForm({ ...typed, permissions: tickedAfter(typed, level, req.actor), level });
  if (req.get("HX-Request")) {
    const base = `/admin/roles/${role?.id ?? "new"}`;
    return fragment(res, "roles/_choices", { form, level, base, sections: choices(form.typed, level, req.actor) });
  }
  return role ? rolePage(req, res, role, form) : newPage(req, res, form);
}

/** T56: somebody saved in between: 409 with both states. Anything else: 422 with the form as it was typed. */
async function refusedPage(req: Asking, res: Response, role: Role, form: Form<unknown>) {
  if (!form.errors.version) return rolePage(req, res.status(422), role, form);
  const lastEvent = await lastEventOf(req.actor.accountId, role.id);
  const title = t("“{role}” was changed meanwhile", { role: role.name });
  return page(res.status(409), "roles/conflict", { title, role, form, lastEvent, permissions });
}

async function deletionPage(req: Asking, res: Response, role: Role, form: Form<unknown>) {
  assertCustom(role);
  const holders = await roleHolders(req.actor.accountId, role);
  return page(res, "roles/deletion", { title: t("Delete “{role}”?", { role: roleName(role) }), role, holders, form });
}
