import { and, asc, eq, inArray, isNotNull, isNull, or, sql } from "drizzle-orm";
import { type Level, permissionKeys, permissions, systemRoleKeys, systemRoles } from "../access/permissions.ts";
import type { Reader } from "../db/client.ts";
import { accounts, mailboxes, roles } from "../db/schema.ts";
import { NotFound } from "../http/errors.ts";
import { mostMailboxSheets } from "./sheets.ts";

/** What a workbook of an account speaks of, in English: what is read back is called the same in every language. */
export interface Targets {
  account: { id: string; name: string };
  /** Key: a system role's key, or a custom role's id. Those of the account first, then those of mailboxes; system roles first. */
  roles: { key: string; name: string; level: Level }[];
  permissions: { code: string; name: string; level: Level }[];
  /** Those that get a sheet: shared ones by name, then personal ones; archived ones never. */
  mailboxes: { id: string; name: string; address: string; personal: boolean }[];
}

export interface Choice {
  /** "all": every shared one. */
  mailboxIds: string[] | "all";
  /** Whether all personal ones get a sheet too. */
  personal: boolean;
}

const order: Record<Level, number> = { account: 0, mailbox: 1 };

/** What the account's workbook speaks of, with a sheet for each chosen mailbox, 290 at most. */
export async function targetsOf(reader: Reader, accountId: string, choice: Choice): Promise<Targets> {
  const [account] = await reader
    .select({ id: accounts.id, name: accounts.name })
    .from(accounts)
    .where(eq(accounts.id, accountId));
  if (!account) throw new NotFound();
  const custom = await reader
    .select({ key: roles.id, name: roles.name, level: roles.level })
    .from(roles)
    .where(and(eq(roles.accountId, accountId), isNull(roles.endedAt)))
    .orderBy(asc(roles.level), sql`lower(${roles.name})`, asc(roles.id));
  const chosen = await reader
    .select({ id: mailboxes.id, name: mailboxes.name, address: mailboxes.address, of: mailboxes.personalUserId })
    .from(mailboxes)
    .where(
      and(
        eq(mailboxes.accountId, accountId),
        isNull(mailboxes.archivedAt),
        or(
          choice.mailboxIds === "all" ? isNull(mailboxes.personalUserId) : inArray(mailboxes.id, choice.mailboxIds),
          choice.personal ? isNotNull(mailboxes.personalUserId) : undefined,
        ),
      ),
    )
    .orderBy(sql`${mailboxes.personalUserId} is not null`, asc(mailboxes.name), asc(mailboxes.id))
    .limit(mostMailboxSheets);

  const system = systemRoleKeys.map((key) => ({ key, name: systemRoles[key].title, level: systemRoles[key].level }));
  return {
    account,
    roles: [...system, ...custom].sort((a, b) => order[a.level] - order[b.level]),
    permissions: permissionKeys.map((code) => ({
      code,
      name: permissions[code].title,
      level: permissions[code].level,
    })),
    mailboxes: chosen.map(({ of, ...mailbox }) => ({ ...mailbox, personal: of !== null })),
  };
}
