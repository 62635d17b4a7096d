import { and, desc, eq, sql } from "drizzle-orm";
import { db, type Tx } from "../db/client.ts";
import { accounts, events, users } from "../db/schema.ts";
import { NotFound } from "../http/errors.ts";
import { uuidOr404 } from "../http/ids.ts";

/** An account of the installation, locked; absent or no id at all: 404. */
export async function lockAccount(tx: Tx, accountId: string): Promise<typeof accounts.$inferSelect> {
  const [account] = await tx
    .select()
    .from(accounts)
    .where(eq(accounts.id, uuidOr404(accountId)))
    .for("update");
  if (!account) throw new NotFound();
  return account;
}

export interface Suspension {
  name: string;
  at: Date;
  reason: string;
  /** Name and address of who suspended it; the address alone where they are gone. */
  by: { name: string; email: string };
}

/** Since when an account is suspended, why, and by whom; undefined where it is not. */
export async function suspensionOf(accountId: string): Promise<Suspension | undefined> {
  const [account] = await db.select().from(accounts).where(eq(accounts.id, accountId));
  if (!account?.suspendedAt) return undefined;
  const [event] = await db
    .select({
      label: events.actorLabel,
      email: users.email,
      name: sql<string | null>`btrim(${users.firstName} || ' ' || ${users.lastName})`,
    })
    .from(events)
    .leftJoin(users, eq(users.id, events.actorId))
    .where(and(eq(events.accountId, accountId), eq(events.name, "account.suspended")))
    .orderBy(desc(events.id))
    .limit(1);
  const email = event?.email ?? event?.label ?? "";
  const by = { name: event?.name || email, email };
  return { name: account.name, at: account.suspendedAt, reason: account.suspendedReason ?? "", by };
}
