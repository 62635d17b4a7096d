import { type SQL, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { isPermission, isSystemRole, type Permission, permissions, systemRoles } from "../access/permissions.ts";
import { lacking } from "../access/policy.ts";
import type { Reader } from "../db/client.ts";
import { isUuid } from "../http/ids.ts";

/** A role or permission somewhere, part of which the actor does not hold: the first such part. */
export interface Lack {
  mailboxId: string | null;
  key: string;
  /** What a workbook calls it. */
  label: string;
  permission: Permission;
}

/**
 * What of these roles and permissions the actor lacks (D9). The query selects `mailbox_id` and `key`, each pair once: so
 * there are as many as roles and mailboxes, not as many as people.
 */
export async function lacks(reader: Reader, actor: Actor, pairs: SQL): Promise<Lack[]> {
  const asked = await reader.execute<{ mailbox_id: string | null; key: string }>(pairs);
  const contents = await contentsOf(reader, actor.accountId, [...new Set(asked.map(({ key }) => key).filter(isUuid))]);
  return asked.flatMap(({ mailbox_id: mailboxId, key }) => {
    const { label, holds } = contents.get(key) ?? known(key);
    const [first] = lacking(
      actor,
      holds.map((permission) => ({ permission, mailboxId })),
    );
    return first ? [{ mailboxId, key, label, permission: first.permission }] : [];
  });
}

interface Content {
  label: string;
  holds: readonly Permission[];
}

const known = (key: string): Content =>
  isSystemRole(key)
    ? { label: systemRoles[key].title, holds: systemRoles[key].permissions }
    : isPermission(key)
      ? { label: permissions[key].title, holds: [key] }
      : { label: key, holds: [] };

async function contentsOf(reader: Reader, accountId: string, ids: string[]): Promise<Map<string, Content>> {
  if (ids.length === 0) return new Map();
  const rows = await reader.execute<{ id: string; label: string; holds: Permission[] }>(sql`
    select r.id, r.name as label, array(select rp.permission from role_permissions rp
      where rp.role_id = r.id and rp.ended_at is null order by rp.permission) as holds
    from roles r where r.account_id = ${accountId} and r.id = any(${sql.param(ids)}::uuid[])`);
  return new Map(rows.map(({ id, label, holds }) => [id, { label, holds }]));
}

/** The same as a table for a query. */
export const asTable = (all: Lack[]): SQL => sql`unnest(
    ${sql.param(all.map(({ mailboxId }) => mailboxId))}::uuid[], ${sql.param(all.map(({ key }) => key))}::text[],
    ${sql.param(all.map(({ label }) => label))}::text[], ${sql.param(all.map(({ permission }) => permission))}::text[]
  ) as l (mailbox_id, key, label, permission)`;
