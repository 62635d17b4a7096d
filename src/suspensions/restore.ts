import { and, eq, inArray, sql } from "drizzle-orm";
import type { Person } from "../access/person.ts";
import { recordEvent } from "../audit/record.ts";
import { db, type Tx } from "../db/client.ts";
import { accounts, activationRuns, imports, reports } from "../db/schema.ts";
import { Conflict } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { enqueueRun } from "../import-runs/start.ts";
import { queueCheck } from "../imports/limits.ts";
import { enqueue } from "../queue.ts";
import { queueReport } from "../reports/order.ts";
import { lockAccount } from "./queries.ts";
import { tellOwners } from "./tell-owners.ts";

/** Ends a suspension: everybody has what they had, and what waited in the middle of its work goes on. 409 where none is. */
export function restoreSuspended(person: Person, accountId: string) {
  return db.transaction(async (tx) => {
    const account = await lockAccount(tx, accountId);
    if (!account.suspendedAt) throw new Conflict(t("This account is not suspended."));
    await tx
      .update(accounts)
      .set({ suspendedAt: null, suspendedReason: null, version: sql`${accounts.version} + 1` })
      .where(eq(accounts.id, account.id));
    const subject = { type: "account" as const, id: account.id, label: account.name };
    const author = { ...person, accountId: account.id };
    await recordEvent(tx, author, "account.unsuspended", subject, { before: { reason: account.suspendedReason } });
    await goOn(tx, account.id);
    await tellOwners(tx, account.id, "account_unsuspended");
    return account;
  });
}

/** Puts what was under way into the queue again: its job found the account suspended and left it. */
async function goOn(tx: Tx, accountId: string): Promise<void> {
  const under = await tx
    .select({ id: imports.id, accountId: imports.accountId, status: imports.status })
    .from(imports)
    .where(and(eq(imports.accountId, accountId), inArray(imports.status, ["queued", "checking", "running"])));
  for (const each of under) await (each.status === "running" ? enqueueRun(tx, each.id) : queueCheck(tx, each));

  const waiting = await tx
    .select({ id: reports.id })
    .from(reports)
    .where(and(eq(reports.accountId, accountId), inArray(reports.status, ["queued", "running"])));
  for (const { id } of waiting) await queueReport(tx, id);

  const runs = await tx
    .select({ id: activationRuns.id })
    .from(activationRuns)
    .where(and(eq(activationRuns.accountId, accountId), eq(activationRuns.status, "running")));
  for (const { id } of runs)
    await enqueue(tx, "assign_domain_users", { runId: id }, { key: `run:${id}`, maxAttempts: 12 });
}
