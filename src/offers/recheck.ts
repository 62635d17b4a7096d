import { and, eq, isNull, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { actorOf, loadVisitor } from "../access/load-actor.ts";
import { lacking } from "../access/policy.ts";
import type { Tx } from "../db/client.ts";
import { grants, roles } from "../db/schema.ts";
import { type Giving, rightsOf } from "../grants/giving.ts";
import { currentGrants, type Grant } from "../grants/queries.ts";
import type { Member } from "../members/queries.ts";

/** Something that was offered and cannot be given any more, and why. */
export type Dropped = Pick<Giving, "title" | "roleId" | "mailboxName"> & { reason: "role deleted" | "inviter lost it" };

/**
 * Looks at an offer again at the moment it is accepted: a role that was deleted meanwhile is skipped (T7), and what
 * neither the one who gave it nor the one who invited could give now ends (T6). The rest stays as it is.
 */
export async function recheckOffer(tx: Tx, member: Member): Promise<{ kept: Grant[]; dropped: Dropped[] }> {
  const offered = await currentGrants(tx, member.accountId, member.id);
  const origins = await originsOf(tx, member);
  const vouching = await actorsOf(tx, member, origins);

  const judged = offered.map((grant) => ({
    grant,
    reason: problemWith(grant, member, origins.get(grant.id), vouching),
  }));
  const dropped = judged.flatMap(({ grant, reason }) => (reason ? [{ grant, reason }] : []));
  for (const { grant, reason } of dropped) await end(tx, grant, reason);
  return {
    kept: judged.filter(({ reason }) => !reason).map(({ grant }) => grant),
    dropped: dropped.map(({ grant: { title, roleId, mailboxName }, reason }) => ({
      title,
      roleId,
      mailboxName,
      reason,
    })),
  };
}

interface Origin {
  grantedBy: string | null;
  roleEnded: boolean;
}

async function originsOf(tx: Tx, member: Member): Promise<Map<string, Origin>> {
  const rows = await tx
    .select({ id: grants.id, grantedBy: grants.grantedBy, roleEnded: sql<boolean>`${roles.endedAt} is not null` })
    .from(grants)
    .leftJoin(roles, eq(roles.id, grants.roleId))
    .where(and(eq(grants.accountId, member.accountId), eq(grants.memberId, member.id), isNull(grants.endedAt)));
  return new Map(rows.map(({ id, ...origin }) => [id, origin]));
}

/** Those behind the offer, with what they hold in the account now; who is not in it any more holds nothing. */
async function actorsOf(tx: Tx, member: Member, origins: Map<string, Origin>): Promise<Map<string, Actor>> {
  const ids = new Set([member.invitedBy, ...[...origins.values()].map(({ grantedBy }) => grantedBy)]);
  const actors = new Map<string, Actor>();
  for (const id of ids) {
    const visitor = id ? await loadVisitor(id, member.accountId, tx) : undefined;
    const actor = visitor && actorOf(visitor, {});
    if (actor?.userId && actor.accountId === member.accountId) actors.set(actor.userId, actor);
  }
  return actors;
}

function problemWith(grant: Grant, member: Member, origin: Origin | undefined, vouching: Map<string, Actor>) {
  if (origin?.roleEnded) return "role deleted" as const;
  const behind = [origin?.grantedBy, member.invitedBy].filter((id) => typeof id === "string");
  // Nobody in particular: the system gave it, on nobody's authority.
  if (behind.length === 0) return undefined;
  const stands = behind.some((id) => {
    const actor = vouching.get(id);
    return actor && lacking(actor, rightsOf([grant])).length === 0;
  });
  return stands ? undefined : ("inviter lost it" as const);
}

const end = (tx: Tx, grant: Grant, reason: string) =>
  tx
    .update(grants)
    .set({ endedAt: sql`now()`, endReason: reason })
    .where(and(eq(grants.id, grant.id), isNull(grants.endedAt)));
