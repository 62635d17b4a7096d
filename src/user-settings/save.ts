import { and, eq, sql } from "drizzle-orm";
import type { z } from "zod";
import type { Actor } from "../access/actor.ts";
import { changeOf, recordEvent } from "../audit/record.ts";
import { assertMayEdit } from "../changes/may-edit.ts";
import { managedUser } from "../corporate/queries.ts";
import { db, type Tx } from "../db/client.ts";
import { members, users } from "../db/schema.ts";
import { rightsOf } from "../grants/giving.ts";
import { currentGrants } from "../grants/queries.ts";
import { saveIn } from "../grants/save.ts";
import { Invalid, NotFound, Stale } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { lockMember, type Member, subjectOf } from "../members/queries.ts";
import { phoneToStore } from "../profile/phone.ts";
import { readableMailboxes } from "../profile/queries.ts";
import type { settingsForm } from "./forms.ts";

type Settings = z.infer<typeof settingsForm>;

/**
 * Saves a corporate user's settings, and with them the rights that this administrator changed and had not saved: one Save
 * for all tabs (A55). 409 when either changed meanwhile (T56), 403 for somebody who holds more (T54).
 */
export function saveSettings(actor: Actor, memberId: string, { version, ...typed }: Settings): Promise<Member> {
  return db.transaction(async (tx) => {
    const member = await lockMember(tx, actor.accountId, memberId);
    assertMayEdit(actor, member, rightsOf(await currentGrants(tx, actor.accountId, member.id)));
    const before = await managedUser(tx, member);
    if (!before) throw new NotFound();
    const defaultMailboxId = await openableBox(tx, before, actor.accountId, typed.defaultMailboxId);
    const phone = await phoneToStore(tx, typed.phone);

    const [after] = await tx
      .update(users)
      .set({ ...typed, phone, defaultMailboxId, version: sql`${users.version} + 1` })
      .where(and(eq(users.id, before.id), eq(users.version, version)))
      .returning();
    if (!after)
      throw new Stale(
        t("This was changed meanwhile, somewhere else. What you typed is still here: look again, then save."),
      );
    const { firstName, lastName } = after;
    await tx.update(members).set({ firstName, lastName }).where(eq(members.userId, after.id));

    const change = changeOf(before, after, fields);
    if (Object.keys(change.after).length > 0)
      await recordEvent(tx, actor, "user.settings_changed", subjectOf(member), change);
    await saveIn(tx, actor, memberId);
    return member;
  });
}

/** The chosen mailbox: none, the one it was, or one of the account that the user may open. */
async function openableBox(tx: Tx, user: typeof users.$inferSelect, accountId: string, typed: string) {
  if (!typed || typed === user.defaultMailboxId) return typed || null;
  const [box] = await readableMailboxes(user.id, { only: typed, accountId }, tx);
  if (!box) throw new Invalid("defaultMailboxId", t("Choose a mailbox from the list."));
  return box.id;
}

const fields = ["firstName", "lastName", "locale", "timeZone", "region", "phone", "defaultMailboxId"] as const;
