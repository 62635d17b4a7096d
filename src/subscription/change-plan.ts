import { randomUUID } from "node:crypto";
import { and, eq, isNull } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { recordEvent } from "../audit/record.ts";
import { db, type Tx } from "../db/client.ts";
import { accounts } from "../db/schema.ts";
import { NotFound, Stale } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { log } from "../log.ts";
import { payment } from "../plans/payment.ts";
import { findPlan, type Plan, planOfAccount } from "../plans/queries.ts";
import { holdPlan, PlanRefused } from "../plans/room.ts";
import { enqueue } from "../queue.ts";
import { overOf, used } from "./queries.ts";

/** What somebody saw when they said yes: the plan they come from, and the one they go to as it was then. */
export interface Confirmed {
  from: string;
  version: number;
}

/**
 * Puts the account on another plan (M28). Up it goes at once; down only when no more mailboxes are in use than the plan
 * includes. Whoever takes the money is asked first, and told afterwards. Throws PlanRefused where it does not fit or they say
 * no; 409 when the plans changed since they were looked at (T56).
 */
export async function changePlan(actor: Actor, planId: string, confirmed: Confirmed): Promise<Plan> {
  const changeId = await askFor(actor, planId);
  return db.transaction(async (tx) => {
    holdPlan(tx, actor.accountId);
    const [from, to] = [await planOfAccount(actor.accountId, tx), await findPlan(planId, tx)];
    if (from.id !== confirmed.from || to.version !== confirmed.version)
      throw new Stale(t("The plans changed while you were looking at them. Look again, then decide."));
    assertOffered(from, to);
    await assertFits(actor.accountId, to, tx);
    const [account] = await tx
      .update(accounts)
      .set({ planId: to.id })
      .where(and(eq(accounts.id, actor.accountId), isNull(accounts.deletedAt)))
      .returning();
    if (!account) throw new NotFound();

    const subject = { type: "account" as const, id: account.id, label: account.name };
    await recordEvent(tx, actor, "subscription.changed", subject, { before: asLogged(from), after: asLogged(to) });
    const told = { changeId, accountId: account.id, userId: actor.userId, fromId: from.id, toId: to.id };
    await enqueue(tx, "tell_payment", told, { queue: `payment ${account.id}` });
    return to;
  });
}

const asLogged = ({ name, mailboxes, price }: Plan) => ({ plan: name, mailboxes, price });

function assertOffered(from: Plan, to: Plan): void {
  if (to.id === from.id) throw new PlanRefused(t("The account has this plan already."));
  if (to.endedAt) throw new PlanRefused(t("This plan is not offered any more."));
}

async function assertFits(accountId: string, to: Plan, reader?: Tx): Promise<void> {
  const over = overOf(to, await used(accountId, reader));
  if (over > 0) throw new PlanRefused(tooManyWords(to, over));
}

/** What to free before a smaller plan can be chosen. */
export const tooManyWords = ({ name, mailboxes }: Plan, over: number): string =>
  t(
    "“{plan}” includes {limit, plural, one {# mailbox} other {# mailboxes}}. Archive {over, plural, one {# mailbox} other {# mailboxes}} first.",
    { plan: name, limit: mailboxes ?? 0, over },
  );

/** Asked outside of any transaction: somebody else's server may take its time. Returns what the change is called there. */
async function askFor(actor: Actor, planId: string): Promise<string> {
  const [from, to] = [await planOfAccount(actor.accountId), await findPlan(planId)];
  assertOffered(from, to);
  await assertFits(actor.accountId, to);
  const [account] = await db.select().from(accounts).where(eq(accounts.id, actor.accountId));
  const change = {
    id: randomUUID(),
    account: { id: actor.accountId, name: account?.name ?? "" },
    by: actor.userId ? { id: actor.userId, email: actor.email } : null,
    from,
    to,
  };
  const answer = await payment()
    .then((provider) => provider.ask(change))
    .catch((error) => {
      log.error({ err: error, account: actor.accountId }, "the payment provider could not be asked");
      return { agreed: false as const, because: t("The payment could not be arranged. Try again later.") };
    });
  if (!answer.agreed) throw new PlanRefused(answer.because);
  return change.id;
}
