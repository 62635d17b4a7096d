import { and, desc, eq, gte, lt } from "drizzle-orm";
import { nameOf } from "../access/load-actor.ts";
import { db } from "../db/client.ts";
import { type CheckKind, domainChecks, type ServerAnswer, users } from "../db/schema.ts";
import type { Domain } from "../domains/queries.ts";

export type Check = typeof domainChecks.$inferSelect;

/** The newest check of each kind since the name was claimed as it is now. */
export async function latestChecks(domain: Domain): Promise<Partial<Record<CheckKind, Check>>> {
  const rows = await db
    .selectDistinctOn([domainChecks.kind])
    .from(domainChecks)
    .where(and(eq(domainChecks.domainId, domain.id), gte(domainChecks.at, domain.claimedAt)))
    .orderBy(domainChecks.kind, desc(domainChecks.id));
  return Object.fromEntries(rows.map((row) => [row.kind, row]));
}

/** One look at all records: its checks share their time. */
export interface Look {
  id: number;
  at: Date;
  by: string | null;
  checks: Check[];
}

/** The newest looks at a domain's records, or those before a check's id; `older` is where the next page begins. */
export async function looksAt(domain: Domain, size: number, before?: number) {
  const rows = await db
    .select({ check: domainChecks, first: users.firstName, last: users.lastName, email: users.email })
    .from(domainChecks)
    .leftJoin(users, eq(users.id, domainChecks.askedBy))
    .where(
      and(
        eq(domainChecks.accountId, domain.accountId),
        eq(domainChecks.domainId, domain.id),
        before ? lt(domainChecks.id, before) : undefined,
      ),
    )
    .orderBy(desc(domainChecks.id))
    .limit((size + 1) * 5);
  const looks: Look[] = [];
  for (const { check, first, last, email } of rows) {
    const known = looks.at(-1);
    if (known && Number(known.at) === Number(check.at)) {
      known.id = check.id;
      known.checks.unshift(check);
    } else {
      const by = email === null ? null : nameOf({ firstName: first ?? "", lastName: last ?? "", email });
      looks.push({ id: check.id, at: check.at, by, checks: [check] });
    }
  }
  const shown = looks.slice(0, size);
  return { looks: shown, older: looks.length > size ? shown.at(-1)!.id : undefined };
}

/** What the authoritative servers say in short: their records, one of each; and whether they all say the same. */
export function foundIn(answers: ServerAnswer[]) {
  const asked = answers.filter(({ authoritative }) => authoritative);
  const heard = asked.length > 0 ? asked : answers;
  const said = new Set(heard.map(({ outcome, records }) => `${outcome} ${[...records].sort().join("\n")}`));
  const records = [...new Set(heard.flatMap((answer) => answer.records))];
  return { records, outcome: heard[0]?.outcome ?? "none", alike: said.size <= 1, servers: heard.length };
}

/** Reads a check's id out of the query string; anything else is the first page. */
export const beforeOf = (text: unknown): number | undefined =>
  typeof text === "string" && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
