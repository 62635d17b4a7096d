import { and, eq, isNull, sql } from "drizzle-orm";
import { system } from "../access/actor.ts";
import { recordEvent } from "../audit/record.ts";
import { db, type Tx } from "../db/client.ts";
import { isDuplicate } from "../db/errors.ts";
import { domainChecks, domains } from "../db/schema.ts";
import type { Finding } from "../domain-checks/finding.ts";
import { type Domain, subjectOf } from "../domains/queries.ts";
import { type Move, nextState } from "./next-state.ts";
import { tellAdministrators } from "./tell.ts";

/**
 * Writes down what a look at a domain found, and moves its state: checks, change, event and news in one transaction. A
 * look that another one has overtaken, or whose domain was renamed, claimed anew or deleted meanwhile, says nothing.
 */
export function settleLook(taken: Domain, findings: Finding[], askedBy: string | null): Promise<Domain | undefined> {
  return db.transaction(async (tx) => {
    const found = await lockTaken(tx, taken);
    if (!found) return undefined;
    const { domain, now } = found;
    if (findings.length > 0) {
      const of = { accountId: domain.accountId, domainId: domain.id, askedBy, at: now };
      await tx.insert(domainChecks).values(findings.map((finding) => ({ ...of, ...finding })));
    }
    const move = nextState(
      domain,
      findings.find(({ kind }) => kind === "ownership"),
      now,
    );
    const moved = await apply(tx, domain, { ...move, set: { ...move.set, lastCheckAt: now } });
    if (move.event) {
      await recordEvent(tx, system(domain.accountId), move.event, subjectOf(domain), {
        before: { status: domain.status },
        after: { status: moved.status, ...(move.set.riskReason && { reason: move.set.riskReason.code }) },
      });
    }
    if (move.news) await tellAdministrators(tx, moved, move.news, outdone(move, moved) ? { outdone: "yes" } : {});
    return moved;
  });
}

/** The row as it is now, when this look is still the newest one: its lease is the fence (R2, R3). */
async function lockTaken(tx: Tx, taken: Domain): Promise<{ domain: Domain; now: Date } | undefined> {
  const [domain] = await tx
    .select()
    .from(domains)
    .where(and(eq(domains.id, taken.id), isNull(domains.endedAt)))
    .for("update");
  if (domain?.token !== taken.token || Number(domain.nextCheckAt) !== Number(taken.nextCheckAt)) return undefined;
  const [clock] = await tx.execute<{ ms: number }>(sql`select floor(extract(epoch from now()) * 1000)::float8 as ms`);
  return { domain, now: new Date(clock!.ms) };
}

const outdone = (move: Move, moved: Domain) => move.set.status === "active" && moved.status !== "active";

/**
 * A domain that was active before its record was missing is active again, unless another account has proven and activated
 * the name meanwhile: the database lets one be active (T21), and this one returns to verified.
 */
async function apply(tx: Tx, domain: Domain, move: Move): Promise<Domain> {
  const write = async (on: Tx, set: Partial<Domain>) => {
    const status = set.status ?? domain.status;
    const version = status === domain.status ? domain.version : domain.version + 1;
    const [row] = await on
      .update(domains)
      .set({ ...set, version })
      .where(eq(domains.id, domain.id))
      .returning();
    return row!;
  };
  if (move.set.status !== "active") return write(tx, move.set);
  return tx
    .transaction((inner) => write(inner, move.set))
    .catch((error) => {
      if (!isDuplicate(error, "domains_one_active")) throw error;
      return write(tx, { ...move.set, status: "verified", deactivatedAt: move.set.lastCheckAt });
    });
}
