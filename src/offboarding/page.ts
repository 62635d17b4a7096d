import { type Actor, can } from "../access/actor.ts";
import { nameOf } from "../access/load-actor.ts";
import { permissionKeys } from "../access/permissions.ts";
import { assertNotStronger, lacking } from "../access/policy.ts";
import { db } from "../db/client.ts";
import { called, rightsOf } from "../grants/giving.ts";
import { currentGrants } from "../grants/queries.ts";
import { Conflict } from "../http/errors.ts";
import type { Form } from "../http/form.ts";
import { isUuid } from "../http/ids.ts";
import { t } from "../i18n/t.ts";
import { memberFor } from "../members/queries.ts";
import { type Offboarding, plannedFor } from "../offboardings/queries.ts";
import { type HeldMailbox, holdingsOf, mustDecide } from "./holdings.ts";
import { givableOn, mailboxRoles, successorsFor } from "./successors.ts";
import { leave } from "./wish.ts";

/** One line of the form: a mailbox, what stands chosen, and what can be chosen. */
export interface MailboxLine extends HeldMailbox {
  must: boolean;
  to: string;
  role: string;
  roles: { value: string; words: string }[];
}

const list = (value: string | string[] | undefined): string[] => (value === undefined ? [] : [value].flat());

/** "2026-11-30T17:00", as the administrator's clock shows it: what a field for a date and a time takes. */
const localTime = (at: Date, timeZone: string) =>
  new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "short" }).format(at).replace(" ", "T");

/** What the form starts with: as planned, where something is. */
function startOf(actor: Actor, planned: Offboarding | undefined): Form<unknown>["typed"] {
  if (!planned) return { when: "now", at: "", note: "", owner: "", q: "", version: "", confirmation: "" };
  const { mailboxes, ownerMemberId } = planned.plan;
  return {
    mailbox: mailboxes.map(({ mailboxId }) => mailboxId),
    to: mailboxes.map(({ toMemberId }) => toMemberId ?? leave),
    role: mailboxes.map(({ role }) => role),
    owner: ownerMemberId ?? "",
    when: "later",
    at: localTime(planned.dueAt, actor.timeZone),
    note: planned.note,
    ...{ q: "", version: String(planned.version), confirmation: "" },
  };
}

/**
 * What the form and its preview show: who leaves, what they hold, what stands chosen (as typed, as planned, or nothing),
 * and who can be chosen. 409 for oneself and for who has not arrived, 403 for somebody stronger.
 */
export async function openForm(actor: Actor, memberId: string, form?: Form<unknown>) {
  const member = await memberFor(actor.accountId, memberId);
  if (member.userId === actor.userId) {
    throw new Conflict(t("You cannot do this to yourself. Ask another administrator."));
  }
  if (!["active", "blocked", "waiting"].includes(member.status)) {
    throw new Conflict(t("Only a user who has arrived can be offboarded. An invitation can be revoked."));
  }
  const grants = await currentGrants(db, actor.accountId, member.id);
  assertNotStronger(actor, rightsOf(grants));
  const [holdings, planned, roles] = await Promise.all([
    holdingsOf(db, member),
    plannedFor(db, member),
    mailboxRoles(actor.accountId),
  ]);
  const typed = form?.typed ?? startOf(actor, planned);
  const chosen = [...list(typed.to), String(typed.owner ?? "")].filter(isUuid);
  const q = String(typed.q ?? "").slice(0, 100);
  return {
    member,
    name: nameOf(member),
    holdings,
    planned,
    typed,
    q,
    ...(await successorsFor(member, q, chosen)),
    lines: holdings.mailboxes.map((mailbox): MailboxLine => {
      const at = list(typed.mailbox).indexOf(mailbox.id);
      const must = mustDecide(mailbox);
      const offered = mayShare(actor, mailbox.id) ? givableOn(actor, roles, mailbox.id) : [];
      return {
        ...mailbox,
        must,
        to: list(typed.to)[at] ?? (must ? "" : leave),
        role: list(typed.role)[at] ?? offered[0]?.value ?? "",
        roles: offered.map(({ value, words }) => ({ value, words })),
      };
    }),
    /** What they hold on the account, in words. */
    accountRights: grants.filter(({ mailboxId }) => mailboxId === null).map(called),
    mayMakeOwner:
      lacking(
        actor,
        permissionKeys.map((permission) => ({ permission, mailboxId: null })),
      ).length === 0,
    timeZone: actor.timeZone,
  };
}

const mayShare = (actor: Actor, mailboxId: string) =>
  can(actor, "users.edit") || can(actor, "members.grant", mailboxId);
