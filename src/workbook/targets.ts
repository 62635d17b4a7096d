import { and, asc, eq, inArray, isNull, sql } from "drizzle-orm";
import { type Level, permissionKeys, permissions, systemRoleKeys, systemRoles } from "../access/permissions.ts";
import type { Reader } from "../db/client.ts";
import { accounts, mailboxes, roles } from "../db/schema.ts";
import { NotFound } from "../http/errors.ts";
import { mostMailboxSheets } from "./sheets.ts";

/** What a workbook of an account speaks of. English throughout: it is a file format. */
export interface Targets {
  account: { id: string; name: string };
  /** Key: a system role's key, or a custom role's id. System roles first, then custom ones by name. */
  roles: { key: string; name: string; level: Level }[];
  permissions: { code: string; name: string; level: Level }[];
  /** Those that get a sheet, by name; archived ones never. */
  mailboxes: { id: string; name: string; address: string; personal: boolean }[];
}

export interface Choice {
  /** "all": the first 290 by name. */
  mailboxIds: string[] | "all";
  /** Whether personal mailboxes get sheets too. */
  personal: boolean;
}

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
        choice.personal ? undefined : isNull(mailboxes.personalUserId),
        choice.mailboxIds === "all" ? undefined : inArray(mailboxes.id, choice.mailboxIds),
      ),
    )
    .orderBy(asc(mailboxes.name), asc(mailboxes.id))
    .limit(mostMailboxSheets);

  const system = systemRoleKeys.map((key) => ({ key, name: systemRoles[key].title, level: systemRoles[key].level }));
  return {
    account,
    roles: [...system, ...custom],
    permissions: permissionKeys.map((code) => ({
      code,
      name: permissions[code].title,
      level: permissions[code].level,
    })),
    mailboxes: chosen.map(({ of, ...mailbox }) => ({ ...mailbox, personal: of !== null })),
  };
}
