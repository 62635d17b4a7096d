import type { Actor } from "../access/actor.ts";
import { activeDomains, managedUser, withoutMailboxSince } from "../corporate/queries.ts";
import { db } from "../db/client.ts";
import { NotFound } from "../http/errors.ts";
import { instance } from "../instance/queries.ts";
import { readableMailboxes } from "../profile/queries.ts";
import { openEditPage } from "../rights/page.ts";

/** All that the Settings tab shows. 404 for whoever is no corporate user of the account: they manage their own profile (A54). */
export async function settingsPage(actor: Actor, memberId: string) {
  const edit = await openEditPage(actor, memberId);
  const user = await managedUser(db, edit.member);
  if (!user) throw new NotFound();
  const [boxes, choices, { phoneEnabled }, withoutSince] = await Promise.all([
    readableMailboxes(user.id, { chosen: user.defaultMailboxId, accountId: actor.accountId }),
    activeDomains(actor.accountId),
    instance(),
    edit.member.noRoomAt ? withoutMailboxSince(edit.member) : null,
  ]);
  return { ...edit, user, boxes, choices, phoneEnabled, withoutSince };
}
