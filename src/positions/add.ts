import { and, eq, inArray } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { recordEvent } from "../audit/record.ts";
import { db, type Tx } from "../db/client.ts";
import { members } from "../db/schema.ts";
import { applyGrants } from "../grants/apply.ts";
import { rightsNews } from "../grants/mail.ts";
import { currentGrants } from "../grants/queries.ts";
import { Invalid } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { dispatchInvite } from "../invites/dispatch.ts";
import { openDraft, takeTurns } from "../invites/draft.ts";
import { type Member, subjectOf } from "../members/queries.ts";
import { notify } from "../notifications/notify.ts";
import { addInside } from "./add-inside.ts";

const viewer = { adds: [{ mailboxId: null, systemRole: "viewer" as const }], ends: [] };

/**
 * B9–B13: one address becomes a Viewer. Who is outside is invited at once, and active on acceptance; a member who holds
 * nothing becomes Viewer now, and so does who has an address in an active domain of the account (B13). Throws Invalid("email", …) as an invitation does (D14), and for an address with a draft.
 */
export function addUser(actor: Actor, email: string): Promise<Member> {
  return db.transaction(async (tx) => {
    takeTurns(tx, actor, email);
    const present = await idleMember(tx, actor, email);
    const inside = present ?? (await addInside(tx, actor, email));
    if (inside) return makeViewer(tx, actor, inside);

    const { member, created } = await openDraft(tx, actor, { email, firstName: "", lastName: "", message: "" });
    if (!created) {
      throw new Invalid(
        "email",
        t("There is a draft for this address, not sent yet. Open it in the list and send it."),
      );
    }
    const applied = await applyGrants(tx, actor, member, viewer, "invitation");
    const sent = await dispatchInvite(tx, actor, member);
    await recordEvent(tx, actor, "member.added", subjectOf(sent), {
      after: { status: sent.status, rights: applied.after, expiresAt: sent.expiresAt },
    });
    return sent;
  });
}

/** The member with this address, active or waiting for a password, who holds nothing at all, locked. */
async function idleMember(tx: Tx, actor: Actor, email: string): Promise<Member | undefined> {
  const [member] = await tx
    .select()
    .from(members)
    .where(
      and(
        eq(members.accountId, actor.accountId),
        eq(members.email, email),
        inArray(members.status, ["active", "waiting"]),
      ),
    )
    .for("update");
  if (!member || (await currentGrants(tx, actor.accountId, member.id)).length > 0) return undefined;
  return member;
}

async function makeViewer(tx: Tx, actor: Actor, member: Member): Promise<Member> {
  const applied = await applyGrants(tx, actor, member, viewer, "direct");
  await recordEvent(tx, actor, "member.added", subjectOf(member), {
    before: { rights: applied.before },
    after: { status: member.status, rights: applied.after },
  });
  if (member.userId && member.status === "active") await notify(tx, rightsNews(actor, member, member.userId, applied));
  return member;
}
