import { type Request, type Response, Router } from "express";
import { can } from "../access/actor.ts";
import { allow } from "../access/guard.ts";
import { isPermission, isSystemRole, permissions, systemRoles } from "../access/permissions.ts";
import { config } from "../config.ts";
import { activeDomains } from "../corporate/queries.ts";
import { holdersCap, holdersInWords, withUsers } from "../holders/counts.ts";
import { flash } from "../http/flash.ts";
import { attempt, blankForm, type Form, readForm } from "../http/form.ts";
import { page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { imapWords } from "../imap/error.ts";
import { mayConnect } from "../imap-mailboxes/queries.ts";
import { listRoles, roleName } from "../roles/queries.ts";
import { standingOf } from "../storage/queries.ts";
import { storageWords } from "../storage/words.ts";
import { archiveMailbox } from "./archive.ts";
import { changeMailbox } from "./change.ts";
import { createMailbox } from "./create.ts";
import { endAccess } from "./end-access.ts";
import {
  accessForm,
  addressOf,
  newMailboxForm,
  quotaForm,
  readMailboxQuery,
  renameForm,
  versionForm,
} from "./forms.ts";
import { giveAccess } from "./give-access.ts";
import {
  contentsOf,
  countMailboxes,
  countsOnEvery,
  listMailboxes,
  type Mailbox,
  type MailboxMember,
  mailboxOf,
  membersOf,
  placeOf,
  viewers,
} from "./queries.ts";
import { restoreMailbox } from "./restore.ts";

/** Mounted at /admin/mailboxes. */
export const mailboxes = Router();

type Asking = Pick<Request, "actor">;

mailboxes.get("/", allow("mailboxes.view"), async (req, res) => {
  const { accountId } = req.actor;
  const query = readMailboxQuery(req.query);
  const found = await listMailboxes(accountId, query, await placeOf(accountId, req.query.place));
  const counts = await countMailboxes(accountId);
  return page(res, "mailboxes/index", {
    title: t("Mailboxes"),
    query,
    counts,
    storageWords,
    imapWords,
    holdersInWords,
    holdersCap,
    ...found,
  });
});

mailboxes.get("/new", allow("mailboxes.add"), (req, res) =>
  newPage(req, res, blankForm({ name: "", local: "", domain: config.MAIL_DOMAIN, quotaMegabytes: "" })),
);

mailboxes.post("/", allow("mailboxes.add"), async (req, res) => {
  const form = readForm(newMailboxForm, req.body);
  const mailbox = await attempt(form, (values) => createMailbox(req.actor, { ...values, address: addressOf(values)! }));
  if (!mailbox) return newPage(req, res.status(form.status ?? 422), form);
  flash(req, t("The mailbox {address} was created. Nobody has access to it yet.", { address: mailbox.address }));
  res.redirect(303, `/admin/mailboxes/${mailbox.id}`);
});

mailboxes.get("/:mailboxId", allow(...viewers), async (req, res) => {
  return mailboxPage(req, res, await mailboxOf(req.actor, req.params.mailboxId));
});

mailboxes.post("/:mailboxId", allow("mailboxes.edit", "mailbox.manage"), async (req, res) => {
  const form = readForm(renameForm, req.body);
  const mailbox = await attempt(form, (values) => changeMailbox(req.actor, req.params.mailboxId, values));
  if (!mailbox) {
    const status = form.errors.version ? 409 : 422;
    return mailboxPage(req, res.status(status), await mailboxOf(req.actor, req.params.mailboxId), { rename: form });
  }
  flash(req, t("The mailbox is called “{name}” now.", { name: mailbox.name }));
  res.redirect(303, `/admin/mailboxes/${mailbox.id}`);
});

mailboxes.post("/:mailboxId/quota", allow("mailboxes.edit"), async (req, res) => {
  const form = readForm(quotaForm, req.body);
  const mailbox = await attempt(form, (values) => changeMailbox(req.actor, req.params.mailboxId, values));
  if (!mailbox) {
    const status = form.errors.version ? 409 : 422;
    return mailboxPage(req, res.status(status), await mailboxOf(req.actor, req.params.mailboxId), { quota: form });
  }
  const { name, quotaMegabytes: megabytes } = mailbox;
  const words = megabytes
    ? t("“{name}” may hold {megabytes, number} MB now.", { name, megabytes })
    : t("“{name}” may hold as much as the mail server allows now.", { name });
  flash(req, words);
  res.redirect(303, `/admin/mailboxes/${mailbox.id}`);
});

mailboxes.get("/:mailboxId/archive", allow("mailboxes.edit"), async (req, res) => {
  const mailbox = await mailboxOf(req.actor, req.params.mailboxId);
  return archivePage(res, mailbox, blankForm({ version: String(mailbox.version) }));
});

mailboxes.post("/:mailboxId/archive", allow("mailboxes.edit"), async (req, res) => {
  const form = readForm(versionForm, req.body);
  const mailbox = await attempt(form, (values) => archiveMailbox(req.actor, req.params.mailboxId, values));
  if (!mailbox) return archivePage(res.status(409), await mailboxOf(req.actor, req.params.mailboxId), form);
  flash(req, t("“{name}” is archived. It can be restored at any time.", { name: mailbox.name }));
  res.redirect(303, `/admin/mailboxes/${mailbox.id}`);
});

mailboxes.post("/:mailboxId/restoration", allow("mailboxes.edit"), async (req, res) => {
  const mailbox = await restoreMailbox(req.actor, req.params.mailboxId);
  flash(req, t("“{name}” is restored. Whoever had access to it has it again.", { name: mailbox.name }));
  res.redirect(303, `/admin/mailboxes/${mailbox.id}`);
});

mailboxes.post("/:mailboxId/grants", allow("members.grant", "users.edit"), async (req, res) => {
  const form = readForm(accessForm, req.body);
  const given = await attempt(form, (values) => giveAccess(req.actor, req.params.mailboxId, values));
  if (!given)
    return mailboxPage(req, res.status(422), await mailboxOf(req.actor, req.params.mailboxId), { access: form });
  flash(req, t("{email} has access to “{name}” now.", { email: given.member.email, name: given.mailbox.name }));
  res.redirect(303, `/admin/mailboxes/${given.mailbox.id}`);
});

mailboxes.post("/:mailboxId/grants/:grantId/ending", allow("members.grant", "users.edit"), async (req, res) => {
  const { member, mailbox } = await endAccess(req.actor, req.params.mailboxId, req.params.grantId);
  flash(req, t("The access of {email} has ended.", { email: member.email }));
  res.redirect(303, `/admin/mailboxes/${mailbox.id}`);
});

async function newPage({ actor }: Asking, res: Response, form: Form<unknown>) {
  const shared = { name: config.MAIL_DOMAIN, shownName: config.MAIL_DOMAIN };
  const choices = [shared, ...(await activeDomains(actor.accountId))];
  return page(res, "mailboxes/new", { title: t("New mailbox"), form, choices });
}

interface Forms {
  rename?: Form<unknown>;
  quota?: Form<unknown>;
  access?: Form<unknown>;
}

/** A mailbox and who has access to it: by a grant of its own, and through a role on the account. */
async function mailboxPage(req: Asking, res: Response, mailbox: Mailbox, { rename, quota, access }: Forms = {}) {
  const { actor } = req;
  const roles = await listRoles(actor.accountId);
  const holdsAll = (keys: readonly string[]) => keys.every((key) => isPermission(key) && can(actor, key, mailbox.id));
  return page(res, "mailboxes/mailbox", {
    title: mailbox.name,
    mailbox,
    standing: await standingOf(actor.accountId, mailbox.id),
    imapWords,
    storageWords,
    mayConnect: mayConnect(actor, mailbox.id),
    ...(await membersOf(actor.accountId, mailbox.id)),
    wordsOf,
    contentsOf: (grant: MailboxMember["grants"][number]) => contentsOf(grant, roles),
    mayEnd: (grant: MailboxMember["grants"][number]) => holdsAll(contentsOf(grant, roles)),
    givable: roles.filter((role) => role.level === "mailbox" && holdsAll(role.permissions)),
    onEvery: (await withUsers(actor.accountId, roles.filter(countsOnEvery))).filter(({ users }) => users > 0),
    holdersInWords,
    holdersCap,
    roleName,
    mayRename: can(actor, "mailboxes.edit") || can(actor, "mailbox.manage", mailbox.id),
    mayShare: !mailbox.archivedAt && (can(actor, "members.grant", mailbox.id) || can(actor, "users.edit")),
    rename: rename ?? blankForm({ name: mailbox.name, version: String(mailbox.version) }),
    quota:
      quota ?? blankForm({ quotaMegabytes: String(mailbox.quotaMegabytes ?? ""), version: String(mailbox.version) }),
    access: access ?? blankForm({ email: "", role: "mailbox_reader" }),
  });
}

/** What a grant is called: a role of the system or the account, or a single permission. */
function wordsOf({ systemRole, roleName: custom, permission }: MailboxMember["grants"][number]): string {
  if (systemRole && isSystemRole(systemRole)) return t(systemRoles[systemRole].title);
  if (permission && isPermission(permission)) return t(permissions[permission].title);
  return custom ?? "";
}

const archivePage = async (res: Response, mailbox: Mailbox, form: Form<unknown>) =>
  page(res, "mailboxes/archive", {
    title: t("Archive “{name}”?", { name: mailbox.name }),
    mailbox,
    form,
    wordsOf,
    ...(await membersOf(mailbox.accountId, mailbox.id, 20)),
  });
