import { and, eq, inArray, notInArray, sql } from "drizzle-orm";
import type { Author } from "../audit/record.ts";
import type { Tx } from "../db/client.ts";
import { accounts, members, users } from "../db/schema.ts";
import { queueMail } from "../mail/outbox.ts";
import type { Member } from "../members/queries.ts";
import { holdRoom } from "../plans/room.ts";
import { assign, markCorporate } from "./assign.ts";
import type { OpenRule } from "./rule.ts";

/** How somebody comes in: `proven` had a profile already and proved its address now, so they alone are told by mail (T29). */
export type Way = "registered" | "invited" | "proven" | "created";

/**
 * Makes one person a corporate user of the account whose domain their address is in, at once and without any right (A36,
 * A37, D3, D6). The caller has the rule with `hold`, and vouches for the address. Returns their place in the account;
 * undefined, and nothing done, for somebody who is corporate of another account that still lives (T28), or disabled.
 */
export async function takeIn(
  tx: Tx,
  user: { id: string; email: string },
  rule: OpenRule,
  how: Way,
  author: Partial<Author> = {},
): Promise<Member | undefined> {
  if (rule.personalMailboxes) holdRoom(tx, rule.accountId);
  const [free] = await tx
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.id, user.id), mayBeTaken))
    .for("no key update");
  if (!free) return undefined;

  const by = { userId: user.id, label: user.email, ...author, accountId: rule.accountId };
  await leaveGone(tx, rule.accountId, [user.id]);
  await assign(tx, by, rule, [user.id]);
  await markCorporate(tx, rule, [user.id]);
  if (how === "proven") {
    const data = { domain: rule.domain };
    await queueMail(tx, { kind: "taken_in", subjectId: user.id, accountId: rule.accountId, data });
  }
  const [place] = await tx
    .select()
    .from(members)
    .where(
      and(
        eq(members.accountId, rule.accountId),
        eq(members.userId, user.id),
        notInArray(members.status, ["removed", "declined", "revoked", "expired"]),
      ),
    );
  return place!;
}

/** T28: not disabled, and nobody's corporate user; a deleted account's is nobody's (X2). For a condition on `users`. */
export const mayBeTaken = sql`(users.disabled_at is null and not exists (
  select 1 from accounts other where other.id = users.corporate_account_id and other.deleted_at is null))`;

/** Whoever was corporate of a deleted account is not corporate there any more: restored, it has them as ordinary users. */
export const leaveGone = (tx: Tx, accountId: string, userIds: string[]) =>
  tx
    .update(members)
    .set({ corporate: false })
    .where(
      and(
        inArray(members.userId, userIds),
        eq(members.corporate, true),
        sql`${members.accountId} <> ${accountId}`,
        inArray(members.accountId, tx.select({ id: accounts.id }).from(accounts).where(sql`deleted_at is not null`)),
      ),
    );
