import { and, eq, inArray, not, sql } from "drizzle-orm";
import { isSuspended } from "../access/suspended.ts";
import { db } from "../db/client.ts";
import { importPeople, importProblems, importRights, imports } from "../db/schema.ts";
import { queueCheck } from "../imports/limits.ts";

export type Import = typeof imports.$inferSelect;

/** The check is not this worker's any more: another one took it up, or the import was cancelled. Nothing of it stays. */
export class Halt extends Error {}

const mine = ({ id, generation }: Import) =>
  and(eq(imports.id, id), eq(imports.generation, generation), eq(imports.status, "checking"));

/** Takes a check up, from its beginning: what an earlier try had found goes. Undefined where there is nothing to check. */
export function takeUp(importId: string): Promise<Import | undefined> {
  return db.transaction(async (tx) => {
    const [found] = await tx
      .update(imports)
      .set({
        status: "checking",
        generation: sql`${imports.generation} + 1`,
        movedAt: sql`clock_timestamp()`,
        ...{ done: 0, total: 0, counts: {}, error: null, errorValues: {}, checkedAt: null, finishedAt: null },
      })
      .where(
        and(
          eq(imports.id, importId),
          inArray(imports.status, ["queued", "checking"]),
          not(isSuspended(sql`${imports.accountId}`)),
        ),
      )
      .returning();
    if (!found) return undefined;
    await tx.delete(importRights).where(eq(importRights.importId, importId));
    await tx.delete(importPeople).where(eq(importPeople.importId, importId));
    await tx.delete(importProblems).where(eq(importProblems.importId, importId));
    return found;
  });
}

/** How many rows are read, for the page. */
export async function move(run: Import, done: number, total = 0): Promise<void> {
  const [moved] = await db
    .update(imports)
    .set({ done, total, movedAt: sql`clock_timestamp()` })
    .where(mine(run))
    .returning({ id: imports.id });
  if (!moved) throw new Halt();
}

/** R18: this worker ends; the next one begins anew. */
export function giveBack(run: Import): Promise<void> {
  return db.transaction(async (tx) => {
    const [given] = await tx.update(imports).set({ status: "queued" }).where(mine(run)).returning({ id: imports.id });
    if (given) await queueCheck(tx, run);
  });
}

/** The file cannot be read: why is a key of the page's sentences, with what it needs. */
export async function refuse(run: Import, error: string, errorValues: Record<string, string>): Promise<void> {
  await db
    .update(imports)
    .set({ ...refused(), error, errorValues })
    .where(mine(run));
}

/** The file as a whole is refused for a reason that is a problem like others, and the only one. */
export function refuseFor(run: Import, code: string, values: Record<string, string>): Promise<void> {
  return db.transaction(async (tx) => {
    const [found] = await tx
      .update(imports)
      .set({ ...refused(), counts: { create: 0, update: 0, same: 0, skip: 0, warnings: 0, problems: 1 } })
      .where(mine(run))
      .returning({ id: imports.id });
    if (found) await tx.insert(importProblems).values({ importId: run.id, number: 1, tier: "file", code, values });
  });
}

const refused = () => {
  const now = sql`clock_timestamp()`;
  return { status: "refused" as const, checkedAt: now, finishedAt: now, movedAt: now };
};

/** R21: the queue has given up on it: that is shown, and somebody can let it be checked again. */
export async function failCheck(importId: string): Promise<void> {
  await db
    .update(imports)
    .set({ status: "failed", error: "failed", movedAt: sql`clock_timestamp()` })
    .where(and(eq(imports.id, importId), inArray(imports.status, ["queued", "checking"])));
}
