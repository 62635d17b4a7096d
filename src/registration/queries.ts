import { eq } from "drizzle-orm";
import { findToken } from "../access/tokens.ts";
import { domainRule } from "../belonging/rule.ts";
import { db } from "../db/client.ts";
import { members, users } from "../db/schema.ts";

/**
 * The link to a new profile: how it stands, the name that an invitation gave, whether the address came in meanwhile, and
 * whose its domain is.
 */
export async function findRegistration(secret: string) {
  const found = await findToken(db, "registration", secret);
  if (!found) return undefined;
  const { token, state } = found;

  const [registered] = await db.select({ id: users.id }).from(users).where(eq(users.email, token.email));
  const [invited] = token.memberId
    ? await db
        .select({ firstName: members.firstName, lastName: members.lastName })
        .from(members)
        .where(eq(members.id, token.memberId))
    : [];
  return { token, state, registered: Boolean(registered), invited, rule: await domainRule(db, token.email) };
}
