import { and, asc, eq, isNull, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { type Level, type Permission, systemRoleKeys, systemRoles } from "../access/permissions.ts";
import { lacking } from "../access/policy.ts";
import { db } from "../db/client.ts";
import { mailboxes, roles } from "../db/schema.ts";
import { t } from "../i18n/t.ts";

/** How many mailboxes the form lists; more are reached on each person's own page. */
const mostMailboxes = 100;

interface Choice {
  id: string;
  level: Level;
  name: string;
  permissions: readonly Permission[];
}

/** What the actor may give to everybody on the list: roles on the account, and for each mailbox the roles on it. */
export async function choicesFor(actor: Actor) {
  const all = [...systemChoices(), ...(await customChoices(actor.accountId))];
  const boxes = await db
    .select({ id: mailboxes.id, name: mailboxes.name, address: mailboxes.address })
    .from(mailboxes)
    .where(
      and(eq(mailboxes.accountId, actor.accountId), isNull(mailboxes.archivedAt), isNull(mailboxes.personalUserId)),
    )
    .orderBy(asc(mailboxes.name), asc(mailboxes.id))
    .limit(mostMailboxes + 1);

  const holds = (choice: Choice, mailboxId: string | null) =>
    lacking(
      actor,
      choice.permissions.map((permission) => ({ permission, mailboxId })),
    ).length === 0;
  const options = (level: Level, mailboxId: string | null) =>
    all
      .filter((choice) => choice.level === level && holds(choice, mailboxId))
      .map(({ id, name }): [string, string] => [mailboxId ? `${mailboxId}:${id}` : id, name]);

  return {
    roles: options("account", null),
    boxes: boxes.slice(0, mostMailboxes).map((box) => ({ ...box, options: options("mailbox", box.id) })),
    more: boxes.length > mostMailboxes,
  };
}

const systemChoices = (): Choice[] =>
  systemRoleKeys.map((id) => {
    const { level, title, permissions } = systemRoles[id];
    return { id, level, name: t(title), permissions };
  });

const customChoices = (accountId: string): Promise<Choice[]> =>
  db
    .select({
      id: roles.id,
      level: roles.level,
      name: roles.name,
      permissions: sql<Permission[]>`array(select rp.permission from role_permissions rp
        where rp.role_id = roles.id and rp.ended_at is null)`,
    })
    .from(roles)
    .where(and(eq(roles.accountId, accountId), isNull(roles.endedAt)))
    .orderBy(sql`lower(${roles.name})`);
