import { eq } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { mailboxes } from "../db/schema.ts";
import { Conflict, NotFound } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { findMember, lockMember, type Member } from "../members/queries.ts";
import { holdRoom } from "../plans/room.ts";
import { giveMailbox, openRuleOf } from "./make.ts";
import { managedUser, withoutMailboxSince } from "./queries.ts";

/**
 * Gives a corporate user who came in while the plan was full the personal mailbox that they would have had. 409 for whoever
 * has one by now, while the plan has no room, and where the address is taken or its domain is not active any more.
 */
export function giveOwnMailbox(actor: Actor, memberId: string): Promise<Member> {
  return db.transaction(async (tx) => {
    const { email } = await findMember(tx, actor.accountId, memberId);
    const rule = await openRuleOf(tx, actor, email, "form");
    holdRoom(tx, actor.accountId);
    const member = await lockMember(tx, actor.accountId, memberId);
    const user = await managedUser(tx, member);
    if (!user) throw new NotFound();
    const settled = ["active", "waiting", "blocked"].includes(member.status) && member.email === email;
    if (!settled || !(await withoutMailboxSince(member, tx)))
      throw new Conflict(t("This user does not wait for a personal mailbox."));

    const id = await giveMailbox(tx, actor, rule, { ...member, userId: user.id }, true);
    if (!id) throw new Conflict(t("This user does not wait for a personal mailbox."));
    const [box] = await tx.select().from(mailboxes).where(eq(mailboxes.id, id));
    const { name, address, kind } = box!;
    const subject = { type: "mailbox", id, label: name } as const;
    await recordEvent(tx, actor, "mailbox.created", subject, { after: { name, address, kind } });
    return member;
  });
}
