import { type SQL, sql } from "drizzle-orm";
import { type Actor, can } from "../access/actor.ts";
import { isPermission, isSystemRole, mailboxPermissionKeys, systemRoleKeys } from "../access/permissions.ts";
import { lacking } from "../access/policy.ts";
import type { Tx } from "../db/client.ts";
import type { PendingGrant } from "../db/schema.ts";
import { type Giving, keyOf, labelOf, rightsOf } from "../grants/giving.ts";
import { resolveLiving } from "../grants/resolve.ts";
import { Halt, type Import } from "./step.ts";

/** Each different thing that a batch asks for, by the key of its grant; what is not there any more is in `gone`. */
export interface Things {
  living: Map<string, Giving>;
  gone: Set<string>;
}

/** A cell's item, somewhere, as a grant. */
export const asked = (mailboxId: string | null, item: string): PendingGrant => ({
  mailboxId,
  ...(isSystemRole(item) ? { systemRole: item } : isPermission(item) ? { permission: item } : { roleId: item }),
});

/**
 * What the rows of a batch ask for, each once, with what it holds. Nobody gives what they lack: where the starter does by now,
 * the import stops (T51, T85).
 */
export async function thingsOf(tx: Tx, run: Import, actor: Actor, from: number, to: number): Promise<Things> {
  const rows = await tx.execute<{ mailbox_id: string | null; item: string; fresh: boolean }>(sql`
    select r.mailbox_id, item, bool_or(p.action = 'create') as fresh from import_rights r cross join unnest(r.items) item
    join import_people p on p.import_id = r.import_id and p.position = r.position
    where r.import_id = ${run.id} and r.position between ${from}::int and ${to}::int and r.changed group by 1, 2`);
  const all = rows.map(({ mailbox_id, item }) => asked(mailbox_id, item));
  const found = await resolveLiving(tx, run.accountId, all);
  const living = new Map(found.map((giving) => [keyOf(giving), giving]));
  if (lacking(actor, rightsOf(found)).length > 0) throw new Halt("rights_lost");
  // Members are looked at one by one; to somebody new only who edits users, or gives access to that mailbox, gives anything.
  const mayGive = (mailboxId: string | null) =>
    can(actor, "users.edit") || (mailboxId !== null && can(actor, "members.grant", mailboxId));
  if (rows.some(({ fresh, mailbox_id }) => fresh && !mayGive(mailbox_id))) throw new Halt("rights_lost");
  return { living, gone: new Set(all.map(keyOf).filter((key) => !living.has(key))) };
}

const opens = ({ mailboxId, permissions }: Giving) =>
  mailboxId !== null || permissions.some((permission) => mailboxPermissionKeys.includes(permission));

/** The living things as a table for statements: `key`, what the log calls them, and whether they open a mailbox. */
export function thingRows({ living }: Things): SQL {
  const all = [...living];
  return sql`unnest(${sql.param(all.map(([key]) => key))}::text[], ${sql.param(all.map(([, thing]) => labelOf(thing)))}::text[],
    ${sql.param(all.map(([, thing]) => String(opens(thing))))}::text[]::boolean[]) thing (key, label, opens)`;
}

/** A row of `import_rights r` and its `item` as a key of that table. */
export const keyIn = sql`(coalesce(r.mailbox_id::text, '') || ':' || item)`;

const systemKeys = sql.raw(`'{${systemRoleKeys.join(",")}}'::text[]`);

/** An `item` as the three columns of a grant: system role, role, permission. */
export const grantColumns = sql`
  case when item = any(${systemKeys}) then item end,
  case when item like '________-____-____-____-____________' then item::uuid end,
  case when item like '%.%' then item end`;
