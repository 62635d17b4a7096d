import { type Actor, can } from "../access/actor.ts";
import { type Permission, permissions } from "../access/permissions.ts";
import { assertNotStronger, lacking, type Right } from "../access/policy.ts";
import type { MemberStatus } from "../db/schema.ts";
import { Conflict, Forbidden } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import type { Member } from "../members/queries.ts";

const here: MemberStatus[] = ["draft", "invited", "active", "waiting", "blocked"];
const beforeAnswer: MemberStatus[] = ["draft", "invited"];

/** Who may edit: with users.edit everybody, with invites.send those who have not answered yet. */
const editors = (member: Member): Permission[] =>
  beforeAnswer.includes(member.status) ? ["users.edit", "invites.send"] : ["users.edit"];

/** Throws 403 unless the actor holds what opens the page, or may edit this member: who invites sees their drafts. */
export function assertMayLook(actor: Actor, member: Member, opener: Permission): void {
  if ([opener, ...editors(member)].some((permission) => can(actor, permission))) return;
  const { title } = permissions[opener];
  throw new Forbidden(t("You need the permission “{permission}” for this.", { permission: t(title) }));
}

/** Why the actor only looks at this member's rights, in one sentence; empty when they may change them. */
export function whyReadOnly(actor: Actor, member: Member, theirs: Iterable<Right>): string {
  if (member.status === "removed" && !member.statusBefore) {
    return t("This user left the account. Invite this person again.");
  }
  if (member.status === "removed") return t("This user was removed. Restore the user to change rights again.");
  if (!here.includes(member.status)) return t("This invitation is over. Invite this person again to give rights.");
  if (!editors(member).some((permission) => can(actor, permission))) {
    return t("You see the rights of this user, and you may not change them.");
  }
  const missing = lacking(actor, theirs)[0];
  if (!missing) return "";
  return t("This user holds more than you: “{permission}”. So you may look, and not change.", {
    permission: t(permissions[missing.permission].title),
  });
}

/** Throws 403 unless the actor edits such members at all, whatever state they are in. */
export function assertEditor(actor: Actor, member: Member): void {
  if (editors(member).some((permission) => can(actor, permission))) return;
  const { title } = permissions["users.edit"];
  throw new Forbidden(t("You need the permission “{permission}” for this.", { permission: t(title) }));
}

/**
 * Throws unless the actor may change this member's rights at all: 403 without the right or when the member holds more
 * (T54), 409 for a member who is not here any more. What exactly they give or take is checked where it is applied (D9).
 */
export function assertMayEdit(actor: Actor, member: Member, theirs: Iterable<Right>): void {
  assertEditor(actor, member);
  if (!here.includes(member.status)) throw new Conflict(whyReadOnly(actor, member, []));
  assertNotStronger(actor, theirs);
}
