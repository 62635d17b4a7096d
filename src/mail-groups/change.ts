import { and, eq, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { changeOf, recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { mailGroupMembers, mailGroups } from "../db/schema.ts";
import { Stale } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { assertMayTake } from "../mail-addresses/take.ts";
import { assertMembers, putMembers, subjectOf } from "./create.ts";
import type { GroupFields } from "./forms.ts";
import { findGroup, type Group, lockGroup, membersOf } from "./queries.ts";

/** Gives a group another name, address or members. 409 when somebody else changed it meanwhile (T56). */
export function changeGroup(actor: Actor, id: string, wanted: GroupFields & { version: number }): Promise<Group> {
  return db.transaction(async (tx) => {
    const seen = await findGroup(actor.accountId, id, tx);
    if (seen.address !== wanted.address) await assertMayTake(tx, actor, wanted.address);
    await assertMembers(tx, actor, wanted.address, wanted.members);
    const before = await lockGroup(tx, actor.accountId, id);
    if (before.version !== wanted.version)
      throw new Stale(
        t("This was changed meanwhile, somewhere else. What you typed is still here: look again, then save."),
      );
    const members = await membersOf(before, tx);
    const { name, address } = wanted;
    const [group] = await tx
      .update(mailGroups)
      .set({ name, address, version: sql`${mailGroups.version} + 1` })
      .where(and(eq(mailGroups.accountId, actor.accountId), eq(mailGroups.id, before.id)))
      .returning();
    await tx
      .delete(mailGroupMembers)
      .where(and(eq(mailGroupMembers.accountId, actor.accountId), eq(mailGroupMembers.groupId, before.id)));
    await putMembers(tx, group!, wanted.members);
    const after = { ...group!, addresses: wanted.members.toSorted() };
    const change = changeOf({ ...before, addresses: members }, after, ["name", "address", "addresses"]);
    await recordEvent(tx, actor, "group.changed", subjectOf(group!), change);
    return group!;
  });
}
