import { and, eq, inArray } from "drizzle-orm";
import { type Actor, can } from "../access/actor.ts";
import { isSystemRole } from "../access/permissions.ts";
import { assertNotStronger, type Right } from "../access/policy.ts";
import { db, type Tx } from "../db/client.ts";
import { members } from "../db/schema.ts";
import { heldBy } from "../grants/queries.ts";
import { changeNow } from "../grants/save.ts";
import { Conflict, Forbidden, Invalid } from "../http/errors.ts";
import { isUuid } from "../http/ids.ts";
import { t } from "../i18n/t.ts";
import { lockMember, type Member } from "../members/queries.ts";
import { findMailbox, type Mailbox } from "./queries.ts";

/** Gives somebody of the account a mailbox role on one mailbox, at once; they are told. */
export function giveAccess(actor: Actor, mailboxId: string, input: { email: string; role: string }) {
  return db.transaction(async (tx) => {
    const mailbox = await findMailbox(tx, actor.accountId, mailboxId);
    assertMayShare(actor, mailbox, []);
    if (mailbox.archivedAt) throw new Conflict(t("This mailbox is archived. Restore it first."));
    const member = await memberBy(tx, actor.accountId, input.email);
    assertMayShare(actor, mailbox, await heldBy(tx, actor.accountId, member.id));

    const role = isSystemRole(input.role) ? { systemRole: input.role } : { roleId: input.role };
    if (!isSystemRole(input.role) && !isUuid(input.role)) throw new Invalid("role", t("Choose a role."));
    const applied = await changeNow(tx, actor, member, { adds: [{ mailboxId: mailbox.id, ...role }], ends: [] });
    if (applied.started.length === 0) {
      throw new Invalid("email", t("{email} has this role on this mailbox already.", { email: member.email }));
    }
    return { member, mailbox };
  });
}

/** Who is here to stay: those who are invited get what their invitation says. */
async function memberBy(tx: Tx, accountId: string, email: string): Promise<Member> {
  const [found] = await tx
    .select({ id: members.id })
    .from(members)
    .where(
      and(
        eq(members.accountId, accountId),
        eq(members.email, email),
        inArray(members.status, ["active", "waiting", "blocked"]),
      ),
    );
  if (!found) {
    throw new Invalid(
      "email",
      t("Nobody in this account has this address. Invite the person first; the invitation can name this mailbox."),
    );
  }
  return lockMember(tx, accountId, found.id);
}

/**
 * Who shares a mailbox: those who may give access to it, and those who edit users. Of somebody who holds more than the
 * actor only the former may change anything, and only what the actor holds on this mailbox too (T54).
 */
export function assertMayShare(actor: Actor, mailbox: Mailbox, theirs: Right[]): void {
  const here = can(actor, "members.grant", mailbox.id);
  if (!here && !can(actor, "users.edit")) throw new Forbidden(t("You may not change who has access to this mailbox."));
  assertNotStronger(actor, here ? theirs.filter((right) => right.mailboxId === mailbox.id) : theirs);
}
