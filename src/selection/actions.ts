import type { Actor } from "../access/actor.ts";
import type { Permission } from "../access/permissions.ts";
import { uuidOr404 } from "../http/ids.ts";
import { t } from "../i18n/t.ts";
import { resendInvite } from "../invites/resend.ts";
import { revokeInvite } from "../invites/revoke.ts";
import { blockMember } from "../members/block.ts";
import { removeMember } from "../members/remove.ts";
import { unblockMember } from "../members/unblock.ts";
import { roleGiven } from "../positions/queries.ts";
import type { ActionName, Selection } from "./forms.ts";
import { giveRole } from "./give-role.ts";
import { takeRole } from "./take-role.ts";

export interface Action {
  permission: Permission;
  /** What a page asks before anything happens: whether it is meant, or which role, and where. Undefined: nothing. */
  asks?: "sure" | "role" | "mailbox";
  danger?: boolean;
  words: () => string;
  question: (count: number) => string;
  /** The same verb that acts on one row. What can be no role or mailbox at all is 404 before anything happens. */
  verb: (actor: Actor, memberId: string, chosen: Selection) => Promise<unknown>;
}

/** Everything that can be done with a selection. */
export const actions: Record<ActionName, Action> = {
  resend: {
    permission: "invites.send",
    words: () => t("Resend"),
    question: () => "",
    verb: resendInvite,
  },
  revoke: {
    permission: "invites.revoke",
    asks: "sure",
    danger: true,
    words: () => t("Revoke"),
    question: (count) => t("{count, plural, one {Revoke # invitation?} other {Revoke # invitations?}}", { count }),
    verb: revokeInvite,
  },
  block: {
    permission: "users.block",
    asks: "sure",
    danger: true,
    words: () => t("Block"),
    question: (count) => t("{count, plural, one {Block # user?} other {Block # users?}}", { count }),
    verb: (actor, memberId) => blockMember(actor, memberId),
  },
  unblock: {
    permission: "users.block",
    words: () => t("Unblock"),
    question: () => "",
    verb: (actor, memberId) => unblockMember(actor, memberId),
  },
  remove: {
    permission: "users.delete",
    asks: "sure",
    danger: true,
    words: () => t("Delete"),
    question: (count) => t("{count, plural, one {Delete # user?} other {Delete # users?}}", { count }),
    verb: (actor, memberId) => removeMember(actor, memberId),
  },
  add_role: {
    permission: "users.edit",
    asks: "role",
    words: () => t("Add role"),
    question: (count) =>
      t("{count, plural, one {Which role does # user get?} other {Which role do # users get?}}", { count }),
    verb: (actor, id, { role }) => giveRole(actor, id, roleGiven(role)),
  },
  remove_role: {
    permission: "users.edit",
    asks: "role",
    danger: true,
    words: () => t("Remove role"),
    question: (count) =>
      t("{count, plural, one {Which role does # user lose?} other {Which role do # users lose?}}", { count }),
    verb: (actor, id, { role }) => takeRole(actor, id, roleGiven(role)),
  },
  grant_mailbox: {
    permission: "users.edit",
    asks: "mailbox",
    words: () => t("Give access"),
    question: (count) =>
      t(
        "{count, plural, one {Which mailbox does # user get access to?} other {Which mailbox do # users get access to?}}",
        { count },
      ),
    verb: (actor, id, { role, mailbox }) => giveRole(actor, id, roleGiven(role, uuidOr404(mailbox))),
  },
};
