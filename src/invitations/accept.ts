import { and, eq, isNotNull } from "drizzle-orm";
import type { Person } from "../access/person.ts";
import { db, type Tx } from "../db/client.ts";
import { accounts, members, users } from "../db/schema.ts";
import { Conflict, NotFound } from "../http/errors.ts";
import { uuidOr404 } from "../http/ids.ts";
import { t } from "../i18n/t.ts";
import { claimInvitation } from "../invites/claim.ts";
import type { Member } from "../members/queries.ts";

export interface Accepted {
  member: Member;
  accountName: string;
  /** How many of the offered rights could not be given any more. */
  dropped: number;
}

/**
 * Accepts an invitation to the address of whoever is signed in (A21, T3). Pressing again is success (X6); somebody
 * else's is not found, one that ended says so.
 */
export function acceptInvitation(person: Person, memberId: string): Promise<Accepted> {
  return db.transaction(async (tx) => {
    const [user] = await tx.select().from(users).where(eq(users.id, person.userId));
    const { requestId, ip } = person;
    const claimed = user && (await claimInvitation(tx, user, uuidOr404(memberId), { requestId, ip }));
    const { member, accountName, suspended } = await ownMember(tx, person, memberId);
    if (!claimed && suspended && member.status === "invited")
      throw new Conflict(
        t("{account} is suspended, so nobody can come in now. Your invitation stays.", { account: accountName }),
      );
    if (!claimed && member.status !== "active") throw new Conflict(ended(member));
    return { member, accountName, dropped: claimed?.dropped.length ?? 0 };
  });
}

/** The member row as the invited person may see it: theirs by address or, once they joined, by name. */
export async function ownMember(tx: Tx, person: Person, memberId: string) {
  const [row] = await tx
    .select({ member: members, accountName: accounts.name, suspended: isNotNull(accounts.suspendedAt) })
    .from(members)
    .innerJoin(accounts, eq(accounts.id, members.accountId))
    .where(and(eq(members.id, uuidOr404(memberId)), eq(members.email, person.email)));
  if (!row || row.member.status === "draft") throw new NotFound();
  return row;
}

/** Why an invitation cannot be answered any more. */
export const ended = ({ status }: Member): string =>
  status === "declined"
    ? t("You declined this invitation. Ask to be invited again if you changed your mind.")
    : status === "revoked" || status === "removed"
      ? t("This invitation was revoked. Ask the person who invited you.")
      : t("This invitation has expired or was answered already. Ask to be invited again.");
