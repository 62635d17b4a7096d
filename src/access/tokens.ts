import { createHmac, createSecretKey, hash, hkdfSync } from "node:crypto";
import { and, eq, isNull, sql } from "drizzle-orm";
import { config } from "../config.ts";
import type { Reader, Tx } from "../db/client.ts";
import { later } from "../db/later.ts";
import { type TokenPurpose, tokens } from "../db/schema.ts";

/** Made once: from bytes, each use would make it anew, which takes longer than the hashing. */
const key = createSecretKey(Buffer.from(hkdfSync("sha256", config.SESSION_SECRET, "", "muster mailed links", 32)));

/** How long each kind of link lives, in minutes (D17). An invitation's is the instance's setting, given at issue. */
export const lifeInMinutes: Record<Exclude<TokenPurpose, "invitation" | "invitation_link">, number> = {
  registration: 24 * 60,
  address_change: 24 * 60,
  password_reset: 60,
  first_sign_in: 72 * 60,
  release: 24 * 60,
};

export type Token = typeof tokens.$inferSelect;

/** What the secret of a link is made of. */
export type Issued = Pick<Token, "id" | "purpose" | "generation">;

/** The secret of a link: recomputed from the row whenever it is needed, so a retried mail and a copied link are the same. */
export const secretOf = (token: Issued): string =>
  createHmac("sha256", key).update(`${token.purpose}:${token.id}:${token.generation}`).digest("base64url");

const hashOf = (secret: string) => hash("sha256", secret, "hex");

export interface NewToken {
  purpose: TokenPurpose;
  email: string;
  userId?: string | null;
  memberId?: string | null;
  minutes: number;
}

/** Makes a link. Earlier ones with the same purpose for the same user, member or (without either) address die (T5, T36). */
export async function issueToken(tx: Tx, wanted: NewToken): Promise<Issued> {
  const owner = wanted.userId
    ? eq(tokens.userId, wanted.userId)
    : wanted.memberId
      ? eq(tokens.memberId, wanted.memberId)
      : and(isNull(tokens.userId), isNull(tokens.memberId), eq(tokens.email, wanted.email));
  const earlier = and(eq(tokens.purpose, wanted.purpose), owner, isNull(tokens.spentAt), isNull(tokens.replacedAt));
  later(tx, (tx) => tx.update(tokens).set({ replacedAt: sql`now()` }).where(earlier));

  const { minutes, ...row } = wanted;
  const issued = { id: crypto.randomUUID(), purpose: wanted.purpose, generation: 1 };
  const expiresAt = sql`now() + make_interval(mins => ${minutes})`;
  later(tx, (tx) => tx.insert(tokens).values({ ...row, ...issued, hash: hashOf(secretOf(issued)), expiresAt }));
  return issued;
}

/**
 * The same for each of very many people who have no such link yet, in one statement: earlier ones are not looked for. Returns
 * the ids, in the order of the people.
 */
export function issueFirstTokens(
  tx: Tx,
  purpose: TokenPurpose,
  people: { userId: string; email: string }[],
  minutes: number,
): string[] {
  const issued = people.map(() => ({ id: crypto.randomUUID() as string, purpose, generation: 1 }));
  const ids = issued.map(({ id }) => id);
  const hashes = issued.map((token) => hashOf(secretOf(token)));
  later(tx, (tx) =>
    tx.execute(sql`
      insert into tokens (id, purpose, hash, user_id, email, expires_at)
      select p.id, ${purpose}, p.hash, p.user_id, p.email, now() + make_interval(mins => ${minutes}::int)
      from unnest(${sql.param(ids)}::uuid[], ${sql.param(hashes)}::text[],
        ${sql.param(people.map(({ userId }) => userId))}::uuid[],
        ${sql.param(people.map(({ email }) => email))}::text[]) p (id, hash, user_id, email)`),
  );
  return ids;
}

export type TokenState = "good" | "spent" | "replaced" | "expired";

/** Finds a link by its secret and says how it stands, by the database's clock. Reading never changes it (X6). */
export async function findToken(reader: Reader, purpose: TokenPurpose | TokenPurpose[], secret: string) {
  if (!/^[\w-]{43}$/.test(secret)) return undefined;
  const [found] = await reader
    .select({ token: tokens, expired: sql<boolean>`${tokens.expiresAt} <= now()` })
    .from(tokens)
    .where(eq(tokens.hash, hashOf(secret)));
  if (!found || ![purpose].flat().includes(found.token.purpose)) return undefined;

  const { token, expired } = found;
  const state: TokenState = token.spentAt ? "spent" : token.replacedAt ? "replaced" : expired ? "expired" : "good";
  return { token, state };
}

/** Spends a link: one conditional update, so of many who try at once exactly one gets the row (T1). */
export async function spendToken(tx: Tx, id: string): Promise<Token | undefined> {
  const [token] = await tx
    .update(tokens)
    .set({ spentAt: sql`now()` })
    .where(and(eq(tokens.id, id), isNull(tokens.spentAt), isNull(tokens.replacedAt), sql`${tokens.expiresAt} > now()`))
    .returning();
  return token;
}

/** Kills every open link of a purpose that belongs to a member, several, a user or an address: revoked, or no longer needed. */
export async function replaceTokens(
  tx: Tx,
  purposes: TokenPurpose[],
  of: { memberId: string } | { memberIds: string[] } | { userId: string } | { email: string },
) {
  const owner =
    "memberId" in of
      ? eq(tokens.memberId, of.memberId)
      : "memberIds" in of
        ? sql`${tokens.memberId} = any(${sql.param(of.memberIds)}::uuid[])`
        : "userId" in of
          ? eq(tokens.userId, of.userId)
          : eq(tokens.email, of.email);
  const open = and(
    owner,
    sql`${tokens.purpose} = any(${sql.param(purposes)}::text[])`,
    isNull(tokens.spentAt),
    isNull(tokens.replacedAt),
  );
  later(tx, (tx) => tx.update(tokens).set({ replacedAt: sql`now()` }).where(open));
}

export const linkTo = (path: string) => `${config.BASE_URL}${path}`;

/** The way to a page of an account: it names the account, and offers to switch to whoever works in another one. */
export const pathInto = (accountId: string, path: string) =>
  `/accounts/${accountId}/switch?next=${encodeURIComponent(path)}`;

/** The same as a link for a mail. */
export const linkInto = (accountId: string, path: string) => linkTo(pathInto(accountId, path));
