import { and, eq, inArray, isNull, notInArray, sql } from "drizzle-orm";
import { canonicalAddress } from "../access/address.ts";
import type { Person } from "../access/person.ts";
import { recordEvent } from "../audit/record.ts";
import { db, type Tx } from "../db/client.ts";
import { grants, members, users } from "../db/schema.ts";
import { dropAll } from "../factors/changed.ts";
import { Conflict, Forbidden, Invalid } from "../http/errors.ts";
import { formatList } from "../i18n/format.ts";
import { t } from "../i18n/t.ts";
import { subjectOf } from "../members/queries.ts";
import { endProgramsOf } from "../oauth/end.ts";
import { assertOwnPassword } from "../passwords/assert-own.ts";
import { dropLinks } from "../passwords/drop-links.ts";
import { endAllSessions } from "../sessions/end-all.ts";
import { closeAccount } from "./delete-account.ts";
import { lockAccountsOf, ownedAlone } from "./queries.ts";

/**
 * Deletes somebody's own profile: they leave every account, accounts of theirs alone are deleted, and the address is free
 * again. Corporate users cannot (A46). 409 while they are the last Owner of an account with others in it (D9), or the last administrator of the installation (T55). What the
 * logs say of them stays.
 */
export async function deleteProfile(person: Person, typed: { email: string; confirmation: string }): Promise<void> {
  if (person.corporateAccountId)
    throw new Forbidden(t("Your organisation manages your profile, so you cannot delete it."));
  if (canonicalAddress(typed.email) !== person.email)
    throw new Invalid("email", t("Type your address exactly: {email}", { email: person.email }));
  await assertOwnPassword(person, typed.confirmation, "confirmation");

  await db.transaction((tx) => leaveForGood(tx, person));
}

/**
 * Everything that ends with a profile, in the transaction of whoever ends it: places, sessions, programs, links, and the
 * accounts that are theirs alone, which it returns. Nobody signs in to it again.
 */
export async function leaveForGood(tx: Tx, person: Person): Promise<{ id: string; name: string }[]> {
  await assertAdministratorRemains(tx, person.userId);
  const [user] = await tx.select().from(users).where(eq(users.id, person.userId)).for("update");
  // Read again under the lock: an activation may have taken them in meanwhile.
  if (user!.corporateAccountId)
    throw new Forbidden(t("Your organisation manages your profile, so you cannot delete it."));
  await lockAccountsOf(tx, person.userId);
  const { shared, own } = await ownedAlone(person.userId, tx);
  if (shared.length > 0)
    throw new Conflict(
      t("You are the last Owner of {accounts}. Make somebody else Owner there first, or delete the account.", {
        accounts: formatList(shared.map(({ name }) => name)),
      }),
    );

  const author = { ...person, label: person.email };
  for (const account of own) {
    await closeAccount(tx, account.id, person.userId);
    const subject = { type: "account" as const, id: account.id, label: account.name };
    await recordEvent(tx, { ...author, accountId: account.id }, "account.deleted", subject, {});
  }
  await leaveAll(tx, person);
  await endAllSessions(tx, person.userId);
  await endProgramsOf(tx, person.userId, null, true);
  await dropLinks(tx, user!);
  await dropAll(tx, person.userId);
  const subject = { type: "user" as const, id: person.userId, label: person.email };
  await recordEvent(tx, author, "user.deleted", subject, {});
  const gone = `deleted-${person.userId}@deleted.invalid`;
  const empty = { firstName: "", lastName: "", phone: null, passwordHash: null, defaultMailboxId: null };
  await tx
    .update(users)
    .set({ ...empty, email: gone, emailProvenAt: null, instanceAdmin: false, disabledAt: sql`now()` })
    .where(eq(users.id, person.userId));
  return own;
}

/** T55: somebody goes on administering the installation. Two who go at once take turns, so this comes before any other lock. */
async function assertAdministratorRemains(tx: Tx, userId: string) {
  const all = await tx
    .select({ id: users.id })
    .from(users)
    .where(
      and(
        eq(users.instanceAdmin, true),
        isNull(users.disabledAt),
        sql`(select me.instance_admin from users me where me.id = ${userId})`,
      ),
    )
    .orderBy(users.id)
    .for("no key update");
  if (all.length === 1 && all[0]!.id === userId)
    throw new Conflict(
      t("You are the last administrator of this installation. Make somebody else one first, on the command line."),
    );
}

/** Each account's own log says that they left it (T95). */
async function leaveAll(tx: Tx, person: Person) {
  const mine = tx.select({ id: members.id }).from(members).where(eq(members.userId, person.userId));
  await tx
    .update(grants)
    .set({ endedAt: sql`now()`, endedBy: person.userId, endReason: "profile deleted" })
    .where(and(inArray(grants.memberId, mine), sql`${grants.endedAt} is null`));
  const left = await tx
    .update(members)
    .set({ status: "removed", statusBefore: null, endedAt: sql`now()` })
    .where(
      and(eq(members.userId, person.userId), notInArray(members.status, ["removed", "declined", "revoked", "expired"])),
    )
    .returning();
  for (const place of left)
    await recordEvent(tx, { ...person, accountId: place.accountId }, "member.left", subjectOf(place), {
      after: { status: "removed" },
    });
}
