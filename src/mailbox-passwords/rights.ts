import { type Actor, can } from "../access/actor.ts";
import { mailboxPermissionKeys, type Permission } from "../access/permissions.ts";
import type { Mailbox } from "../mailboxes/queries.ts";

/** What whoever signs in with a mail program can do over IMAP. The view `mail_server.sign_ins` asks for the same three. */
export const overImap: readonly Permission[] = ["messages.read", "messages.delete", "folders.manage"];

/** Whose a password is: the maker's own, as long as they have these rights; or the mailbox's, until it is revoked. */
export type Whose = "own" | "mailbox";

/**
 * What somebody may do about the passwords of a mailbox. A password opens the mailbox: so nobody makes one who may not do
 * with a browser what it lets a program do, whatever else they may (M12, D9); one of the mailbox outlives its maker's rights,
 * so it takes all that can be held on it. Whoever manages or edits the mailbox sees and revokes all.
 */
export function passwordRights(actor: Actor, mailbox: Mailbox) {
  const holds = (permissions: readonly Permission[]) => permissions.every((key) => can(actor, key, mailbox.id));
  const all = can(actor, "mailbox.manage", mailbox.id) || can(actor, "mailboxes.edit");
  const choices: Whose[] = [];
  if (mailbox.archivedAt === null && holds(overImap)) choices.push("own");
  if (mailbox.archivedAt === null && holds(mailboxPermissionKeys.filter((key) => key !== "members.grant"))) {
    choices.push("mailbox");
  }
  return { all, choices, any: all || holds(overImap) };
}
