import { Forbidden } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { type Actor, can } from "./actor.ts";
import { type Permission, permissions } from "./permissions.ts";

/** A permission on the account (mailboxId null) or on one mailbox. */
export interface Right {
  permission: Permission;
  mailboxId: string | null;
}

/** The rights that the actor does not hold; empty when all are held. A mailbox permission held on the account counts. */
export const lacking = (actor: Actor, rights: Iterable<Right>): Right[] =>
  [...rights].filter(({ permission, mailboxId }) => !can(actor, permission, mailboxId));

/**
 * D9: nobody grants, removes or edits a right that they do not hold, whichever way the change goes. Call it inside the
 * verb's transaction with everything that starts and everything that ends.
 */
export function assertHoldsAll(actor: Actor, rights: Iterable<Right>): void {
  const missing = lacking(actor, rights)[0];
  if (!missing) return;
  throw new Forbidden(
    t("You cannot give or take “{permission}”, because you do not hold it yourself.", {
      permission: t(permissions[missing.permission].title),
    }),
  );
}

/** T54: nobody blocks, removes or resets someone who holds a right they lack. */
export function assertNotStronger(actor: Actor, theirs: Iterable<Right>): void {
  const missing = lacking(actor, theirs)[0];
  if (!missing) return;
  throw new Forbidden(
    t("You cannot do this to someone who holds more than you: “{permission}”.", {
      permission: t(permissions[missing.permission].title),
    }),
  );
}
