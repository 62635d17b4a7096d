import { eq, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { recordEvent } from "../audit/record.ts";
import { db, type Tx } from "../db/client.ts";
import { isDuplicate } from "../db/errors.ts";
import { activationRuns, domains } from "../db/schema.ts";
import { type Domain, findDomain, mustBeDomain, subjectOf } from "../domains/queries.ts";
import { Conflict, Invalid, Stale } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { enqueue } from "../queue.ts";
import { latestRun, type Run } from "../runs/queries.ts";
import { endOpenRuns } from "../undoings/start.ts";
import { isStale, type Plan, planOf, totalOf } from "./plan.ts";

export interface Confirmed {
  /** The domain's name, typed. */
  confirmation: string;
  /** The plan that was shown. */
  plan: Plan | undefined;
}

/**
 * Opens a verified domain for users and queues the taking in of those who registered before (A33, A34), as the plan said
 * that was confirmed. Throws Invalid("confirmation", …) for another name, Stale where the plan has become another one, and
 * Conflict where the domain is not (any more) to be activated; of two accounts that try at once, one gets it (T21).
 */
export async function activateDomain(actor: Actor, domainId: string, confirmed: Confirmed): Promise<Run> {
  const domain = await findDomain(db, actor.accountId, domainId);
  assertActivatable(domain);
  const typed = confirmed.confirmation.trim().toLowerCase();
  if (typed !== domain.name && typed !== domain.shownName.toLowerCase()) {
    throw new Invalid("confirmation", t("Type {domain} to confirm.", { domain: domain.shownName }));
  }
  const { plan } = confirmed;
  if (!plan || isStale(plan, await planOf(domain))) {
    throw new Stale(t("The plan has changed since you opened this page. Here it is as it stands now."));
  }
  try {
    return await db.transaction((tx) => activate(tx, actor, domainId, plan));
  } catch (error) {
    if (isDuplicate(error, "domains_one_active")) throw new Conflict(takenWords(domain));
    throw error;
  }
}

async function activate(tx: Tx, actor: Actor, domainId: string, plan: Plan): Promise<Run> {
  // Waits for whoever is registering with an address in it (T31): the job finds them.
  const domain = await mustBeDomain(tx, actor.accountId, domainId);
  assertActivatable(domain);
  const open = await latestRun(actor.accountId, domain.id);
  if (open?.kind === "undo" && open.status !== "done" && open.status !== "ended") {
    throw new Conflict(t("The last activation is still being undone. Wait until that is over."));
  }
  await endOpenRuns(tx, domain);
  await tx
    .update(domains)
    .set({ status: "active", activatedAt: sql`now()`, deactivatedAt: null, version: sql`${domains.version} + 1` })
    .where(eq(domains.id, domain.id));
  const [run] = await tx
    .insert(activationRuns)
    .values({
      accountId: actor.accountId,
      domainId: domain.id,
      kind: "activation",
      plan,
      plannedAt: new Date(plan.at),
      total: totalOf(plan),
      startedBy: actor.userId,
    })
    .returning();
  const { marker: _, at: __, ...counts } = plan;
  await recordEvent(tx, actor, "domain.activated", subjectOf(domain), {
    before: { status: domain.status },
    after: { status: "active", ...counts },
  });
  await enqueue(tx, "assign_domain_users", { runId: run!.id }, { key: `run:${run!.id}`, maxAttempts: 12 });
  return run!;
}

/** 409 for a domain in another state, with what to do about it. */
export function assertActivatable(domain: Domain): void {
  if (domain.status === "active") throw new Conflict(t("This domain is active already."));
  if (domain.status !== "verified") throw new Conflict(t("Only a verified domain can be activated. Verify it first."));
  if (domain.atRiskSince) {
    throw new Conflict(
      t("The DNS record of this domain cannot be found at present. Publish it again before you activate the domain."),
    );
  }
}

/** T21: another account was first. Which one is not said. */
export const takenWords = ({ shownName }: Domain): string =>
  t(
    "Another account has proven {domain} as well, and has activated it. Only one can: settle it with whoever runs the domain.",
    {
      domain: shownName,
    },
  );
