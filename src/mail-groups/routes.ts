import { type Request, type Response, Router } from "express";
import { can } from "../access/actor.ts";
import { canonicalAddress } from "../access/address.ts";
import { allow } from "../access/guard.ts";
import { flash } from "../http/flash.ts";
import { attempt, blankForm, type Form, readForm } from "../http/form.ts";
import { page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { joinedAddress } from "../mail-addresses/form.ts";
import { domainChoices } from "../mail-addresses/take.ts";
import { changeGroup } from "./change.ts";
import { createGroup } from "./create.ts";
import { deleteGroup } from "./delete.ts";
import { type GroupFields, groupForm, newGroupForm, readGroupQuery, versionForm } from "./forms.ts";
import { findGroup, type Group, listGroups, membersOf, placeOf, suggestions } from "./queries.ts";

/** Addresses whose mail goes to several. Mounted at /admin/groups. */
export const mailGroups = Router();

type Asking = Pick<Request, "actor">;

mailGroups.get("/", allow("mailboxes.view"), async (req, res) => {
  const { accountId } = req.actor;
  const query = readGroupQuery(req.query);
  const found = await listGroups(accountId, query, await placeOf(accountId, req.query.place));
  return page(res, "mail-groups/index", { title: t("Mail groups"), query, ...found });
});

mailGroups.get("/new", allow("mailboxes.add"), (req, res) => newPage(req, res));

mailGroups.post("/", allow("mailboxes.add"), async (req, res) => {
  const form = readForm(newGroupForm, req.body);
  const group = await attempt(form, (values) => createGroup(req.actor, fieldsOf(values)));
  if (!group) return newPage(req, res.status(422), form);
  flash(req, t("Mail to {address} goes to its members now.", { address: group.address }));
  res.redirect(303, "/admin/groups");
});

mailGroups.get("/:groupId", allow("mailboxes.view"), async (req, res) =>
  groupPage(req, res, await findGroup(req.actor.accountId, req.params.groupId)),
);

mailGroups.post("/:groupId", allow("mailboxes.edit"), async (req, res) => {
  const form = readForm(groupForm, req.body);
  const group = await attempt(form, ({ version, ...values }) =>
    changeGroup(req.actor, req.params.groupId, { ...fieldsOf(values), version }),
  );
  if (!group) {
    const now = await findGroup(req.actor.accountId, req.params.groupId);
    return groupPage(req, res.status(form.status ?? 422), now, form);
  }
  flash(req, t("“{name}” was saved.", { name: group.name }));
  res.redirect(303, "/admin/groups");
});

mailGroups.get("/:groupId/deletion", allow("mailboxes.delete"), (req, res) => deletionPage(req, res));

mailGroups.post("/:groupId/deletion", allow("mailboxes.delete"), async (req, res) => {
  const form = readForm(versionForm, req.body);
  const group = await attempt(form, (values) => deleteGroup(req.actor, req.params.groupId, values));
  if (!group) return deletionPage(req, res.status(409), form);
  flash(req, t("“{name}” was deleted.", { name: group.name }));
  res.redirect(303, "/admin/groups");
});

/** What was typed and what was ticked, together. */
const fieldsOf = ({
  name,
  members,
  boxes,
  ...address
}: {
  name: string;
  local: string;
  domain: string;
  members: string[];
  boxes: string[];
}): GroupFields => ({
  name,
  address: joinedAddress(address)!,
  members: [...new Set([...members, ...boxes.flatMap((each) => canonicalAddress(each) ?? [])])],
});

async function newPage({ actor }: Asking, res: Response, refused?: Form<unknown>) {
  const domains = await domainChoices(actor.accountId);
  const form = refused ?? blankForm({ domain: domains[0]!.name, boxes: [] });
  const boxes = await suggestions(actor.accountId);
  return page(res, "mail-groups/new", { title: t("New group"), form, domains, boxes });
}

async function groupPage({ actor }: Asking, res: Response, group: Group, refused?: Form<unknown>) {
  const members = await membersOf(group);
  const [local = "", domain = ""] = group.address.split("@");
  const domains = await domainChoices(actor.accountId);
  if (!domains.some(({ name }) => name === domain)) domains.push({ name: domain, shownName: domain });
  const boxes = (await suggestions(actor.accountId)).filter(({ address }) => !members.includes(address));
  const start = { name: group.name, local, domain, members: members.join("\n"), boxes: [] };
  return page(res, "mail-groups/group", {
    title: group.name,
    group,
    members,
    domains,
    boxes,
    mayEdit: can(actor, "mailboxes.edit"),
    form: refused ?? blankForm(start),
  });
}

async function deletionPage(req: Asking & { params: { groupId: string } }, res: Response, refused?: Form<unknown>) {
  const group = await findGroup(req.actor.accountId, req.params.groupId);
  const title = t("Delete “{name}”?", { name: group.name });
  return page(res, "mail-groups/deletion", {
    title,
    group,
    members: await membersOf(group),
    form: refused ?? blankForm(),
  });
}
