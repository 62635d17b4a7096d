import { and, eq, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { mailGroups } from "../db/schema.ts";
import { Stale } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { subjectOf } from "./create.ts";
import { type Group, lockGroup, membersOf } from "./queries.ts";

/** Deletes a group: mail to its address is refused from now on, and the address is free. Its members stay in the log. */
export function deleteGroup(actor: Actor, id: string, { version }: { version: number }): Promise<Group> {
  return db.transaction(async (tx) => {
    const before = await lockGroup(tx, actor.accountId, id);
    if (before.version !== version)
      throw new Stale(t("Somebody else changed this group while you were looking at it."));
    const members = await membersOf(before, tx);
    const [group] = await tx
      .update(mailGroups)
      .set({ endedAt: sql`now()`, endedBy: actor.userId, version: sql`${mailGroups.version} + 1` })
      .where(and(eq(mailGroups.accountId, actor.accountId), eq(mailGroups.id, before.id)))
      .returning();
    const { name, address } = before;
    await recordEvent(tx, actor, "group.deleted", subjectOf(before), { before: { name, address, addresses: members } });
    return group!;
  });
}
