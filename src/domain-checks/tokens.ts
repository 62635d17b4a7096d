import { arrayOverlaps, inArray, or } from "drizzle-orm";
import { db } from "../db/client.ts";
import { domains } from "../db/domains.ts";
import type { Domain } from "./finding.ts";

/** Whose tokens these are: of another account, of another domain of this one, or old ones of this very domain. */
export async function whoseTokens(tokens: string[], domain: Domain) {
  if (!tokens.length) return undefined;
  const rows = await db
    .select({ id: domains.id, accountId: domains.accountId, name: domains.name })
    .from(domains)
    .where(or(inArray(domains.token, tokens), arrayOverlaps(domains.oldTokens, tokens)));

  const own = rows.filter(({ accountId }) => accountId === domain.accountId);
  if (own.some(({ name, id }) => id === domain.id || name === domain.name)) return { code: "old_token" as const };
  if (own[0]) return { code: "other_domain_token" as const, other: own[0].name };
  return rows.length ? { code: "other_account_token" as const } : undefined;
}
