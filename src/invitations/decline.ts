import { and, eq, sql } from "drizzle-orm";
import { system } from "../access/actor.ts";
import type { Person } from "../access/person.ts";
import { replaceTokens } from "../access/tokens.ts";
import { recordEvent } from "../audit/record.ts";
import { endedInvitation } from "../belonging/ended-invitation.ts";
import { db } from "../db/client.ts";
import { members } from "../db/schema.ts";
import { endAllGrants } from "../grants/end-all.ts";
import { Conflict } from "../http/errors.ts";
import { uuidOr404 } from "../http/ids.ts";
import { tellInviter } from "../invite-mails/tell-inviter.ts";
import { subjectOf } from "../members/queries.ts";
import { offersFor } from "../offers/offer.ts";
import { ended, ownMember } from "./accept.ts";

/** Declines an invitation to the address of whoever is signed in; what it offered ends, the inviter is told (A23). */
export function declineInvitation(person: Person, memberId: string): Promise<{ accountName: string }> {
  return db.transaction(async (tx) => {
    const [declined] = await tx
      .update(members)
      .set(endedInvitation("declined"))
      .where(
        and(
          eq(members.id, uuidOr404(memberId)),
          eq(members.email, person.email),
          eq(members.status, "invited"),
          sql`coalesce(${members.expiresAt} > now(), true)`,
        ),
      )
      .returning();
    const { member, accountName } = await ownMember(tx, person, memberId);
    if (!declined && member.status === "declined") return { accountName };
    if (!declined) throw new Conflict(ended(member));

    const offer = (await offersFor(tx, [declined.id])).get(declined.id) ?? [];
    const author = { ...system(declined.accountId), ...person, accountId: declined.accountId };
    const rights = await endAllGrants(tx, author, declined, "declined");
    await replaceTokens(tx, ["invitation", "invitation_link"], { memberId: declined.id });
    await recordEvent(tx, author, "invite.declined", subjectOf(declined), {
      before: { status: "invited", rights },
      after: { status: declined.status },
    });
    await tellInviter(tx, declined, {
      kind: "invite.declined",
      mail: "invite_declined",
      data: { offer: JSON.stringify(offer) },
    });
    return { accountName };
  });
}
