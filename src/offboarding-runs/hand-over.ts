import { and, eq, inArray, isNull } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { nameOf } from "../access/load-actor.ts";
import { isSystemRole } from "../access/permissions.ts";
import type { Tx } from "../db/client.ts";
import { mailboxes, type OffboardingPlan, type PendingGrant } from "../db/schema.ts";
import { applyGrants } from "../grants/apply.ts";
import { recordChange } from "../grants/save.ts";
import { Conflict } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { lockMember, type Member } from "../members/queries.ts";
import { notify } from "../notifications/notify.ts";
import { handedOverNews } from "./mail.ts";

/**
 * Gives what somebody leaves behind to whom the plan names: mailbox roles, and the role Owner. By the rules of every other
 * grant: nobody hands over what they do not hold themselves (D9). A mailbox that is not in use any more is passed over, a
 * successor who is not active any more stops it all (409). Returns how many mailboxes went on.
 */
export async function handOver(tx: Tx, actor: Actor, leaver: Member, plan: OffboardingPlan): Promise<number> {
  const given = await addsOf(tx, leaver, plan);
  let handed = 0;
  for (const [memberId, adds] of [...given].sort(([a], [b]) => a.localeCompare(b))) {
    const successor = await lockMember(tx, actor.accountId, memberId);
    if (successor.status !== "active" || successor.id === leaver.id) {
      throw new Conflict(
        t("{name} was to take something over, and is not an active user of this account any more.", {
          name: nameOf(successor),
        }),
      );
    }
    const applied = await applyGrants(tx, actor, successor, { adds, ends: [] }, "direct");
    handed += adds.filter(({ mailboxId }) => mailboxId !== null).length;
    if (applied.started.length === 0) continue;
    await recordChange(tx, actor, successor, applied);
    if (successor.userId && successor.userId !== actor.userId) {
      await notify(tx, handedOverNews(actor, leaver, successor, applied));
    }
  }
  return handed;
}

/** What each successor gets. */
async function addsOf(tx: Tx, leaver: Member, plan: OffboardingPlan): Promise<Map<string, PendingGrant[]>> {
  const wanted = plan.mailboxes.filter(({ toMemberId }) => toMemberId !== null);
  const inUse = wanted.length
    ? await tx
        .select({ id: mailboxes.id })
        .from(mailboxes)
        .where(
          and(
            eq(mailboxes.accountId, leaver.accountId),
            isNull(mailboxes.archivedAt),
            inArray(
              mailboxes.id,
              wanted.map(({ mailboxId }) => mailboxId),
            ),
          ),
        )
    : [];
  const living = new Set(inUse.map(({ id }) => id));
  const given = new Map<string, PendingGrant[]>();
  const give = (memberId: string, add: PendingGrant) => given.set(memberId, [...(given.get(memberId) ?? []), add]);
  for (const { mailboxId, toMemberId, role } of wanted) {
    if (!living.has(mailboxId)) continue;
    give(toMemberId!, { mailboxId, ...(isSystemRole(role) ? { systemRole: role } : { roleId: role }) });
  }
  if (plan.ownerMemberId) give(plan.ownerMemberId, { mailboxId: null, systemRole: "owner" });
  return given;
}
