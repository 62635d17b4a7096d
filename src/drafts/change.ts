import { eq } from "drizzle-orm";
import type { z } from "zod";
import type { Actor } from "../access/actor.ts";
import { changeOf, recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { members } from "../db/schema.ts";
import { Conflict } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { lockMember, type Member, subjectOf } from "../members/queries.ts";
import type { draftForm } from "./forms.ts";

const fields = ["firstName", "lastName", "message"] as const;

/**
 * Changes the name and the message of an invitation that nobody has been sent yet, so that a slip of the pen does not cost
 * the rights chosen for it. The row's version stays: it tells whether rights changed, and these are none.
 */
export function changeDraft(actor: Actor, memberId: string, typed: z.infer<typeof draftForm>): Promise<Member> {
  return db.transaction(async (tx) => {
    const before = await lockMember(tx, actor.accountId, memberId);
    if (before.status !== "draft")
      throw new Conflict(t("This is no draft any more, so what it says cannot be changed."));

    const [draft] = await tx.update(members).set(typed).where(eq(members.id, before.id)).returning();
    const change = changeOf(before, draft!, fields);
    if (Object.keys(change.after).length > 0) await recordEvent(tx, actor, "invite.changed", subjectOf(draft!), change);
    return draft!;
  });
}
