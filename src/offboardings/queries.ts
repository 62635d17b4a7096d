import { and, desc, eq, type SQL, sql } from "drizzle-orm";
import { db, type Reader, type Tx } from "../db/client.ts";
import { members, offboardings, users } from "../db/schema.ts";
import { NotFound } from "../http/errors.ts";
import { isUuid, uuidOr404 } from "../http/ids.ts";
import type { Member } from "../members/queries.ts";

export type Offboarding = typeof offboardings.$inferSelect;

const ofAccount = (accountId: string, id: string) =>
  and(eq(offboardings.accountId, accountId), eq(offboardings.id, uuidOr404(id)));

/** An offboarding of the account, locked for a verb. Absent, a neighbour's or no id at all: 404. */
export async function lockOffboarding(tx: Tx, accountId: string, id: string): Promise<Offboarding> {
  const [row] = await tx.select().from(offboardings).where(ofAccount(accountId, id)).for("update");
  if (!row) throw new NotFound();
  return row;
}

/** What is planned for a member, if anything. */
export async function plannedFor(
  reader: Reader,
  { accountId, id }: Pick<Member, "accountId" | "id">,
): Promise<Offboarding | undefined> {
  const [row] = await reader
    .select()
    .from(offboardings)
    .where(
      and(eq(offboardings.accountId, accountId), eq(offboardings.memberId, id), eq(offboardings.status, "planned")),
    );
  return row;
}

const called = (table: SQL) =>
  sql<string>`coalesce(nullif(btrim(${table}.first_name || ' ' || ${table}.last_name), ''), ${table}.email)`;

const shown = () =>
  db
    .select({
      row: offboardings,
      member: members,
      name: called(sql`members`),
      by: called(sql`users`),
      endedBy: sql<string | null>`(select ${called(sql`e`)} from users e where e.id = ${offboardings.endedBy})`,
    })
    .from(offboardings)
    .innerJoin(members, and(eq(members.accountId, offboardings.accountId), eq(members.id, offboardings.memberId)))
    .innerJoin(users, eq(users.id, offboardings.createdBy))
    .$dynamic();

export type ShownOffboarding = Awaited<ReturnType<typeof shown>>[number];

/** One for its page, with whom it is about and who ordered it. */
export async function offboardingFor(accountId: string, id: string): Promise<ShownOffboarding> {
  const [found] = await shown().where(ofAccount(accountId, id));
  if (!found) throw new NotFound();
  return found;
}

export const statuses = ["planned", "done", "failed", "restored", "cancelled"] as const;

/** One page of the account's offboardings, the newest first; `after` is the id of the last one before. */
export async function listOffboardings(
  accountId: string,
  { status, after }: { status: Offboarding["status"] | "all"; after: unknown },
  size = 50,
) {
  const place = isUuid(after)
    ? sql`(${offboardings.createdAt}, ${offboardings.id}) < (select o.created_at, o.id from offboardings o
        where o.account_id = ${accountId} and o.id = ${after})`
    : undefined;
  const rows = await shown()
    .where(
      and(eq(offboardings.accountId, accountId), status === "all" ? undefined : eq(offboardings.status, status), place),
    )
    .orderBy(desc(offboardings.createdAt), desc(offboardings.id))
    .limit(size + 1);
  return { rows: rows.slice(0, size), next: rows.length > size ? rows[size - 1]!.row.id : undefined };
}
