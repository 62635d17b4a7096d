import { and, eq, inArray, isNull, sql } from "drizzle-orm";
import { type Actor, can } from "../access/actor.ts";
import type { Permission } from "../access/permissions.ts";
import { assertHoldsAll } from "../access/policy.ts";
import type { Tx } from "../db/client.ts";
import { type GrantSource, grants, members, type PendingGrant } from "../db/schema.ts";
import { assertAhead, assertNoLonger } from "../end-dates/rules.ts";
import { endLapsedGrants } from "../endings/end-grants.ts";
import { Forbidden, NotFound } from "../http/errors.ts";
import { isUuid } from "../http/ids.ts";
import { t } from "../i18n/t.ts";
import { assertOwnerRemains } from "../members/last-owner.ts";
import type { Member } from "../members/queries.ts";
import { type Giving, keyOf, labelOf, redates, rightsOf } from "./giving.ts";
import { currentGrants, type Grant } from "./queries.ts";
import { resolveAdds } from "./resolve.ts";

/** What starts and what ends; `ends` are ids of grants. */
export interface Changes {
  adds: PendingGrant[];
  ends: string[];
}

/** What a change did: labels of all grants before and after for the event, and what started and ended for a letter. */
export interface Applied {
  before: string[];
  after: string[];
  started: Giving[];
  ended: Grant[];
  /** What is held on, to another end than before. */
  redated: Grant[];
}

/** How many rights a change touched. */
export const touched = ({ started, ended, redated }: Pick<Applied, "started" | "ended" | "redated">): number =>
  started.length + ended.length + redated.length;

/** Who may give rights on the account at all; each page asks for its own of them, and nobody gives what they lack. */
const doors: Permission[] = ["users.edit", "invites.send", "users.add", "users.change_role"];

/**
 * Gives and ends rights of one member, inside the caller's transaction; the caller writes the event. Every id must be
 * the account's (404), the level must fit (409), the actor must hold everything that starts and that ends (403, D9, T51,
 * T52), and the last owner stays one (409, T55). Grants end, they are never deleted (X3). What is held
 * already, or has ended already, changes nothing. A change raises the member's version (T56).
 */
export async function applyGrants(
  tx: Tx,
  actor: Actor,
  member: Member,
  changes: Changes,
  source: GrantSource,
  sourceId?: string,
): Promise<Applied> {
  const held = await currentGrants(tx, actor.accountId, member.id);
  const adds = await resolveAdds(tx, actor.accountId, changes.adds);
  const ended = await findEnds(tx, member, held, changes.ends);
  const staying = held.filter((grant) => !ended.includes(grant));
  const stayingKeys = new Set(staying.map(keyOf));
  const started = adds.filter((giving) => !stayingKeys.has(keyOf(giving)));
  const dates = new Map(adds.map((giving) => [keyOf(giving), giving]));
  const after = staying.map((grant) => {
    const add = dates.get(keyOf(grant));
    return add && redates(add, grant) ? { ...grant, endsAt: add.endsAt ?? null } : grant;
  });
  const redated = after.filter((grant) => !staying.includes(grant));

  assertMayGrant(actor, [...adds, ...ended]);
  assertHoldsAll(actor, rightsOf([...adds, ...ended]));
  assertAhead([...started, ...redated]);
  if (member.userId && member.userId === actor.userId) assertNoLonger(held, [...started, ...redated]);
  const losesOwner = held.some(isOwner) && ![...after, ...started].some(isOwner);
  if (losesOwner && member.status === "active") await assertOwnerRemains(tx, actor.accountId, member.id);

  await endGrants(tx, actor, member, ended, "removed");
  await endLapsedGrants(tx, { accountId: member.accountId, memberIds: [member.id] });
  await startGrants(tx, actor, member, started, source, sourceId);
  await redateGrants(tx, redated);
  const touching = { started, ended, redated };
  if (touched(touching) > 0) await raiseVersion(tx, member);
  return { before: held.map(labelOf).sort(), after: [...after, ...started].map(labelOf).sort(), ...touching };
}

/** An Owner without an end: one with a date is not the one who stays. */
const isOwner = (giving: Giving) => giving.systemRole === "owner" && !giving.endsAt;

/** What is held keeps who gave it, and when; only its end moves, and whoever is told of it is told anew. */
async function redateGrants(tx: Tx, redated: Grant[]) {
  for (const { id, endsAt } of redated) {
    const end = endsAt ? new Date(endsAt) : null;
    await tx
      .update(grants)
      .set({ endsAt: end, endToldAt: null })
      .where(and(eq(grants.id, id), isNull(grants.endedAt)));
  }
}

/** The grants behind the ids that still count. An id that never was this member's in this account is 404. */
async function findEnds(tx: Tx, member: Member, held: Grant[], ids: string[]): Promise<Grant[]> {
  if (!ids.every(isUuid)) throw new NotFound();
  const wanted = new Set(ids);
  const found = held.filter((grant) => wanted.has(grant.id));
  if (found.length === wanted.size) return found;

  const known = await tx
    .select({ id: grants.id })
    .from(grants)
    .where(
      and(eq(grants.accountId, member.accountId), eq(grants.memberId, member.id), inArray(grants.id, [...wanted])),
    );
  if (known.length < wanted.size) throw new NotFound();
  return found;
}

function assertMayGrant(actor: Actor, givings: Giving[]) {
  const onAccount = doors.some((permission) => can(actor, permission));
  const refused = givings.some(({ mailboxId }) => !onAccount && !(mailboxId && can(actor, "members.grant", mailboxId)));
  if (refused) throw new Forbidden(t("You may not change what this user may do there."));
}

/** Ends these grants now. Also for verbs that end rights for a reason of their own. */
export async function endGrants(
  tx: Tx,
  actor: Actor,
  member: Member,
  ended: { id: string }[],
  reason: string,
): Promise<void> {
  if (ended.length === 0) return;
  await tx
    .update(grants)
    .set({ endedAt: sql`now()`, endedBy: actor.userId, endReason: reason })
    .where(
      and(
        eq(grants.accountId, member.accountId),
        eq(grants.memberId, member.id),
        isNull(grants.endedAt),
        inArray(
          grants.id,
          ended.map(({ id }) => id),
        ),
      ),
    );
}

async function startGrants(
  tx: Tx,
  actor: Actor,
  member: Member,
  all: Giving[],
  source: GrantSource,
  sourceId?: string,
) {
  if (all.length === 0) return;
  const rows = all.map(({ mailboxId, systemRole, roleId, permission, endsAt }) => ({
    accountId: actor.accountId,
    memberId: member.id,
    mailboxId,
    systemRole,
    roleId,
    permission,
    endsAt: endsAt ? new Date(endsAt) : null,
    // What a program gives by itself says so; what comes with an invitation or an import still comes with that.
    ...(actor.clientId && source === "direct"
      ? { source: "api" as const, sourceId: actor.clientId }
      : { source, sourceId }),
    grantedBy: actor.userId,
  }));
  await tx.insert(grants).values(rows).onConflictDoNothing();
}

const raiseVersion = (tx: Tx, member: Member) =>
  tx
    .update(members)
    .set({ version: sql`${members.version} + 1` })
    .where(and(eq(members.accountId, member.accountId), eq(members.id, member.id)));
