import { type Actor, can } from "../access/actor.ts";
import { permissionKeys } from "../access/permissions.ts";
import { assertHoldsAll, assertNotStronger, lacking } from "../access/policy.ts";
import { assertMayEdit, whyReadOnly } from "../changes/may-edit.ts";
import { rightsOf } from "../grants/giving.ts";
import type { Grant } from "../grants/queries.ts";
import type { Member } from "../members/queries.ts";

const shares = (actor: Actor, { mailboxId }: Pick<Grant, "mailboxId">) =>
  mailboxId !== null && can(actor, "members.grant", mailboxId);
const there = (held: Grant[], mailboxId: string | null) =>
  rightsOf(held.filter((grant) => grant.mailboxId === mailboxId));

/** Whether somebody holds everything there is: nobody is stronger. */
export const holdsAll = (actor: Actor): boolean => permissionKeys.every((permission) => can(actor, permission));

/**
 * Throws unless the actor may end this grant of a member who holds these: as one who edits the member, or, on a mailbox,
 * as one who shares it; never what they do not hold themselves, nor of somebody who holds more (D9, T52, T54).
 */
export function assertMayEnd(actor: Actor, member: Member, held: Grant[], grant: Grant): void {
  assertHoldsAll(actor, rightsOf([grant]));
  if (shares(actor, grant)) assertNotStronger(actor, there(held, grant.mailboxId));
  else assertMayEdit(actor, member, rightsOf(held));
}

/** The same as a question, for what is offered. */
export function mayEnd(actor: Actor, member: Member, held: Grant[], grant: Grant): boolean {
  if (lacking(actor, rightsOf([grant])).length > 0) return false;
  if (!shares(actor, grant)) return whyReadOnly(actor, member, rightsOf(held)) === "";
  return lacking(actor, there(held, grant.mailboxId)).length === 0;
}
