import { and, eq, isNull } from "drizzle-orm";
import type { Subject } from "../audit/record.ts";
import { db, type Reader, type Tx } from "../db/client.ts";
import { domains } from "../db/schema.ts";
import { NotFound } from "../http/errors.ts";
import { uuidOr404 } from "../http/ids.ts";

export type Domain = typeof domains.$inferSelect;

const ofAccount = (accountId: string, id: string) =>
  and(eq(domains.accountId, accountId), eq(domains.id, uuidOr404(id)), isNull(domains.endedAt));

/** A domain of the account. Deleted, absent, a neighbour's or no id at all: 404 (T49). */
export async function findDomain(reader: Reader, accountId: string, id: string): Promise<Domain> {
  const [domain] = await reader.select().from(domains).where(ofAccount(accountId, id));
  if (!domain) throw new NotFound();
  return domain;
}

/** The same for a verb that changes the domain: nobody else changes it until the transaction ends. */
export async function mustBeDomain(tx: Tx, accountId: string, id: string): Promise<Domain> {
  const [domain] = await tx.select().from(domains).where(ofAccount(accountId, id)).for("update");
  if (!domain) throw new NotFound();
  return domain;
}

/** The same for a page. */
export const domainFor = (accountId: string, id: string): Promise<Domain> => findDomain(db, accountId, id);

/** The domain as the audit log names it: as it was typed. */
export const subjectOf = (domain: Pick<Domain, "id" | "shownName">): Subject => ({
  type: "domain",
  id: domain.id,
  label: domain.shownName,
});

/** Whether the domain is open for users, or was until its record went missing. */
export const isOpened = ({ status, statusBefore }: Pick<Domain, "status" | "statusBefore">): boolean =>
  status === "active" || (status === "suspended" && statusBefore === "active");
