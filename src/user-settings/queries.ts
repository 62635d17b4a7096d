import { and, eq, inArray, isNull, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { activeDomains, managedUser, withoutMailboxSince } from "../corporate/queries.ts";
import { db } from "../db/client.ts";
import { tokens } from "../db/schema.ts";
import { factorsOf } from "../factors/queries.ts";
import { NotFound } from "../http/errors.ts";
import { instance } from "../instance/queries.ts";
import { readableMailboxes } from "../profile/queries.ts";
import { openEditPage } from "../rights/page.ts";

/** All that the Settings tab shows. 404 for whoever is no corporate user of the account: they manage their own profile (A54). */
export async function settingsPage(actor: Actor, memberId: string) {
  const edit = await openEditPage(actor, memberId);
  const user = await managedUser(db, edit.member);
  if (!user) throw new NotFound();
  const [boxes, choices, { phoneEnabled }, withoutSince, unconfirmed, factors] = await Promise.all([
    readableMailboxes(user.id, { chosen: user.defaultMailboxId, accountId: actor.accountId }),
    activeDomains(actor.accountId),
    instance(),
    edit.member.noRoomAt ? withoutMailboxSince(edit.member) : null,
    unconfirmedOf(user.id),
    factorsOf(user.id),
  ]);
  return { ...edit, user, boxes, choices, phoneEnabled, withoutSince, unconfirmed, hasFactor: factors.any };
}

/** The addresses that were asked for and wait to be confirmed by the mail that went there: another one, or the one of a release. */
function unconfirmedOf(userId: string) {
  return db
    .select({ purpose: tokens.purpose, email: tokens.email, until: tokens.expiresAt })
    .from(tokens)
    .where(
      and(
        eq(tokens.userId, userId),
        inArray(tokens.purpose, ["address_change", "release"]),
        isNull(tokens.spentAt),
        isNull(tokens.replacedAt),
        sql`${tokens.expiresAt} > now()`,
      ),
    );
}
