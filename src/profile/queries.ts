import { and, asc, eq, inArray, isNull, sql } from "drizzle-orm";
import { grantCounts, memberCounts } from "../access/counts.ts";
import { systemRoleKeys, systemRoles } from "../access/permissions.ts";
import { db, type Reader } from "../db/client.ts";
import { accounts, mailboxes, members, users } from "../db/schema.ts";
import { isUuid } from "../http/ids.ts";

/** The whole row behind a profile. */
export async function findProfile(userId: string, reader: Reader = db) {
  const [user] = await reader.select().from(users).where(eq(users.id, userId));
  return user!;
}

/** Whether somebody edits their own profile: an account may keep that of its corporate users to itself. */
export async function mayEditOwn(user: Pick<typeof users.$inferSelect, "corporateAccountId">, reader: Reader = db) {
  if (!user.corporateAccountId) return true;
  const [account] = await reader
    .select({ ownProfiles: accounts.ownProfiles, deletedAt: accounts.deletedAt })
    .from(accounts)
    .where(eq(accounts.id, user.corporateAccountId));
  return !account || account.ownProfiles || account.deletedAt !== null;
}

const readers: string[] = systemRoleKeys.filter((key) =>
  (systemRoles[key].permissions as readonly string[]).includes("messages.read"),
);

/** Whether a grant lets the member read the mailbox: by a system role, a custom one or singly, there or everywhere. */
const mayRead = sql`exists (
  select 1 from grants g
  left join roles r on r.id = g.role_id and r.ended_at is null
  left join role_permissions p on p.role_id = r.id and p.ended_at is null
  where g.member_id = ${members.id} and ${grantCounts()} and (g.mailbox_id is null or g.mailbox_id = ${mailboxes.id})
    and (g.permission = 'messages.read' or p.permission = 'messages.read'
      or g.system_role = any(${sql.param(readers)}::text[])))`;

/**
 * The mailboxes that somebody may read, over all their accounts, by address; at most 200, the chosen one always among
 * them. With `only`, that one or nothing. With `accountId`, those of that account, whether or not the place there counts yet.
 */
export async function readableMailboxes(
  userId: string,
  options: { chosen?: string | null; only?: string; accountId?: string } = {},
  reader: Reader = db,
) {
  if (options.only !== undefined && !isUuid(options.only)) return [];
  return reader
    .select({ id: mailboxes.id, name: mailboxes.name, address: mailboxes.address, account: accounts.name })
    .from(mailboxes)
    .innerJoin(members, and(eq(members.accountId, mailboxes.accountId), eq(members.userId, userId)))
    .innerJoin(accounts, and(eq(accounts.id, mailboxes.accountId), isNull(accounts.deletedAt)))
    .where(
      and(
        options.accountId
          ? and(eq(mailboxes.accountId, options.accountId), inArray(members.status, ["active", "waiting", "blocked"]))
          : memberCounts("members"),
        isNull(mailboxes.archivedAt),
        options.only ? eq(mailboxes.id, options.only) : undefined,
        mayRead,
      ),
    )
    .orderBy(sql`${mailboxes.id} is not distinct from ${options.chosen ?? null}::uuid desc`, asc(mailboxes.address))
    .limit(200);
}
