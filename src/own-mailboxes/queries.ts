import { sql } from "drizzle-orm";
import { grantCounts, memberCounts } from "../access/counts.ts";
import {
  permissions as catalogue,
  isPermission,
  isSystemRole,
  type Permission,
  systemRoles,
} from "../access/permissions.ts";
import { pathInto } from "../access/tokens.ts";
import { db } from "../db/client.ts";
import { t } from "../i18n/t.ts";
import { overImap } from "../mailbox-passwords/rights.ts";

interface Row extends Record<string, unknown> {
  id: string;
  kind: "native" | "imap";
  name: string;
  address: string;
  account_id: string;
  account: string;
  held: { s: string | null; r: string | null; p: string | null }[];
}

/** A mailbox on which somebody holds something, with the pages of it that are theirs to open. */
export interface OwnMailbox {
  id: string;
  /** Hosted here. */
  native: boolean;
  /** They may do there all that a mail program does. */
  programs: boolean;
  name: string;
  address: string;
  account: string;
  /** What they hold: roles and single permissions, by what they are called. */
  roles: string[];
  messages?: string;
  activity?: string;
  settings?: string;
}

/**
 * The mailboxes on which a person holds something alone, over all their accounts, by name; at most 200. What they hold by a
 * role on an account is not in it: that is every mailbox there. `here` is the account that the visitor works in.
 */
export async function ownMailboxes(userId: string, here: string | undefined): Promise<OwnMailbox[]> {
  const rows = await db.execute<Row>(sql`
    select b.id, b.kind, b.name, b.address, a.id as account_id, a.name as account,
      json_agg(json_build_object('s', g.system_role, 'r', r.name, 'p', coalesce(g.permission, p.permission))) as held
    from members m
    join accounts a on a.id = m.account_id and a.deleted_at is null and a.suspended_at is null
    join grants g on g.account_id = m.account_id and g.member_id = m.id and g.mailbox_id is not null and ${grantCounts()}
    join mailboxes b on b.account_id = g.account_id and b.id = g.mailbox_id and b.archived_at is null
    left join roles r on r.account_id = g.account_id and r.id = g.role_id and r.ended_at is null
    left join role_permissions p on p.role_id = r.id and p.ended_at is null
    where m.user_id = ${userId} and ${memberCounts()}
    group by b.id, a.id order by b.name, b.id limit 200`);
  return rows.map((row) => shown(row, here));
}

function shown(
  { id, kind, name, address, account_id: accountId, account, held }: Row,
  here: string | undefined,
): OwnMailbox {
  const permissions = new Set(
    held.flatMap(({ s, p }) => [...(s && isSystemRole(s) ? systemRoles[s].permissions : []), p]),
  );
  const holds = (...any: Permission[]) => any.some((permission) => permissions.has(permission));
  const link = (path: string) => {
    const whole = `/admin/mailboxes/${id}${path}`;
    return accountId === here ? whole : pathInto(accountId, whole);
  };
  return {
    ...{ id, name, address, account },
    native: kind === "native",
    programs: overImap.every((permission) => permissions.has(permission)),
    roles: [...new Set(held.map(called))].filter(Boolean),
    messages: holds("messages.read") ? link("/messages") : undefined,
    activity: holds("mailbox.manage") ? link("/activity") : undefined,
    settings: holds("mailbox.manage", "members.grant") ? link("") : undefined,
  };
}

function called({ s, r, p }: Row["held"][number]): string {
  if (s && isSystemRole(s)) return t(systemRoles[s].title);
  return r ?? (p && isPermission(p) ? t(catalogue[p].title) : "");
}
