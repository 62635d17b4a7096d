import { and, asc, desc, eq, isNull, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import { memberCounts } from "../access/counts.ts";
import { findToken, type Token, type TokenState } from "../access/tokens.ts";
import { domainRule, type Rule } from "../belonging/rule.ts";
import { db } from "../db/client.ts";
import { accounts, members, users } from "../db/schema.ts";
import { NotFound } from "../http/errors.ts";
import { uuidOr404 } from "../http/ids.ts";
import type { Member } from "../members/queries.ts";
import { type Offer, offersFor } from "../offers/offer.ts";

const inviters = alias(users, "inviters");

type Account = typeof accounts.$inferSelect;
type User = typeof users.$inferSelect;

/** How an invitation stands for who opens its link. Everything but `open` has a page of its own. */
export type Standing = "open" | "accepted" | "declined" | "revoked" | "expired" | "replaced" | "suspended";

export interface Invitation {
  token: Token;
  member: Member;
  account: Account;
  inviter: User | null;
  /** Whether the invited address has a profile by now. */
  registered: boolean;
  standing: Standing;
  /** Whose the address's domain is: what registering with it means. */
  rule: Rule;
}

/** The invitation behind a link, mailed or copied; undefined for a link that we never made. Reading changes nothing (X6). */
export async function findInvitation(secret: string): Promise<Invitation | undefined> {
  const found = await findToken(db, ["invitation", "invitation_link"], secret);
  if (!found?.token.memberId) return undefined;
  const [row] = await db
    .select({
      member: members,
      account: accounts,
      inviter: inviters,
      registered: sql<boolean>`${users.id} is not null`,
      over: sql<boolean>`coalesce(${members.expiresAt} <= now(), false)`,
    })
    .from(members)
    .innerJoin(accounts, eq(accounts.id, members.accountId))
    .leftJoin(inviters, eq(inviters.id, members.invitedBy))
    .leftJoin(users, eq(users.email, members.email))
    .where(eq(members.id, found.token.memberId));
  if (!row) return undefined;
  const { over, ...rest } = row;
  const standing = standingOf(found.state, row.member, row.account, over);
  return { token: found.token, ...rest, standing, rule: await domainRule(db, row.member.email) };
}

function standingOf(state: TokenState, { status }: Member, account: Account, over: boolean): Standing {
  if (account.deletedAt || status === "revoked" || status === "removed") return "revoked";
  if (status === "declined" || status === "expired") return status;
  if (status === "draft") return "replaced";
  if (status !== "invited") return "accepted";
  if (state === "replaced" || state === "spent") return "replaced";
  if (state === "expired" || over) return "expired";
  return account.suspendedAt ? "suspended" : "open";
}

export interface Listed {
  member: Member;
  account: Account;
  inviter: User | null;
  offer: Offer;
}

/** The invitations that wait for this address, in all accounts, with what each offers (A20); the newest first. */
export async function invitationsFor(email: string): Promise<Listed[]> {
  const rows = await db
    .select({ member: members, account: accounts, inviter: inviters })
    .from(members)
    .innerJoin(accounts, and(eq(accounts.id, members.accountId), isNull(accounts.deletedAt)))
    .leftJoin(inviters, eq(inviters.id, members.invitedBy))
    .where(
      and(eq(members.email, email), eq(members.status, "invited"), sql`coalesce(${members.expiresAt} > now(), true)`),
    )
    .orderBy(desc(members.invitedAt));
  return withOffers(rows);
}

/** The accounts that somebody is in, with what they hold there; the oldest first. */
export async function membershipsOf(userId: string): Promise<Listed[]> {
  const rows = await db
    .select({ member: members, account: accounts, inviter: inviters })
    .from(members)
    .innerJoin(accounts, and(eq(accounts.id, members.accountId), isNull(accounts.deletedAt)))
    .leftJoin(inviters, eq(inviters.id, members.invitedBy))
    .where(and(eq(members.userId, userId), memberCounts("members")))
    .orderBy(asc(members.joinedAt), asc(members.id));
  return withOffers(rows);
}

/** One of these places, to be left. Somebody else's, or none any more, is not found. */
export async function membershipOf(userId: string, memberId: string): Promise<Listed> {
  const id = uuidOr404(memberId);
  const place = (await membershipsOf(userId)).find(({ member }) => member.id === id.toLowerCase());
  if (!place) throw new NotFound();
  return place;
}

/** What an invitation offers. */
export const offerOfMember = async (memberId: string): Promise<Offer> =>
  (await offersFor(db, [memberId])).get(memberId) ?? [];

async function withOffers(rows: Omit<Listed, "offer">[]): Promise<Listed[]> {
  const offers = await offersFor(
    db,
    rows.map(({ member }) => member.id),
  );
  return rows.map((row) => ({ ...row, offer: offers.get(row.member.id) ?? [] }));
}
