import { and, eq, isNull } from "drizzle-orm";
import { grantCounts, memberCounts } from "../access/counts.ts";
import { loadVisitor, nameOf } from "../access/load-actor.ts";
import type { Tx } from "../db/client.ts";
import { accounts, grants, members, users } from "../db/schema.ts";
import type { MailKind } from "../mail/outbox.ts";
import type { Member } from "../members/queries.ts";
import type { NotificationKind } from "../notifications/kinds.ts";
import { notify } from "../notifications/notify.ts";

interface AboutInvite {
  kind: NotificationKind;
  mail: MailKind;
  data?: Record<string, string>;
  /** Tell the Owners besides the inviter. */
  ownersToo?: boolean;
}

/**
 * Tells the inviter how an invitation went, once, by bell and mail; where they are not in the account any more, the
 * Owners (T14). In the caller's transaction, so that it is told exactly when it is so.
 */
export async function tellInviter(tx: Tx, member: Member, about: AboutInvite): Promise<void> {
  const inviter = member.invitedBy ? await loadVisitor(member.invitedBy, member.accountId, tx) : undefined;
  const here = inviter?.account?.id === member.accountId ? [inviter.userId] : [];
  const owners = here.length === 0 || about.ownersToo ? await ownersOf(tx, member.accountId) : [];

  const [account] = await tx.select({ name: accounts.name }).from(accounts).where(eq(accounts.id, member.accountId));
  const data = { name: nameOf(member), email: member.email, account: account?.name ?? "", ...about.data };
  for (const userId of new Set([...here, ...owners])) {
    if (userId === member.userId) continue;
    const { kind, mail } = about;
    await notify(tx, { userId, accountId: member.accountId, kind, subjectId: member.id, data, mail });
  }
}

async function ownersOf(tx: Tx, accountId: string): Promise<string[]> {
  const rows = await tx
    .selectDistinct({ id: users.id })
    .from(grants)
    .innerJoin(members, eq(members.id, grants.memberId))
    .innerJoin(users, eq(users.id, members.userId))
    .where(
      and(
        eq(grants.accountId, accountId),
        eq(grants.systemRole, "owner"),
        grantCounts("grants"),
        memberCounts("members"),
        isNull(users.disabledAt),
      ),
    );
  return rows.map(({ id }) => id);
}
