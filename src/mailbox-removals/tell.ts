import { sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import type { Permission, SystemRole } from "../access/permissions.ts";
import type { Tx } from "../db/client.ts";
import { permissionWords, systemRoleWords } from "../grants/giving.ts";
import { rightsData } from "../grants/mail.ts";
import type { Mailbox } from "../mailboxes/queries.ts";
import { notifyMany } from "../notifications/notify.ts";

interface Held extends Record<string, unknown> {
  memberId: string;
  userId: string;
  systemRole: SystemRole | null;
  roleId: string | null;
  roleName: string | null;
  permission: Permission | null;
}

/**
 * Tells everybody active whose access to a mailbox ends now, and what they have on the one that takes its place (null: none);
 * not the one who does it. Called while the grants still stand.
 */
export async function tellAccess(tx: Tx, actor: Actor, mailbox: Mailbox, heir: Mailbox | null): Promise<void> {
  const held = await tx.execute<Held>(sql`
    select g.member_id as "memberId", m.user_id as "userId", g.system_role as "systemRole", g.role_id as "roleId",
      r.name as "roleName", g.permission
    from grants g
    join members m on m.account_id = g.account_id and m.id = g.member_id and m.status = 'active'
    left join roles r on r.account_id = g.account_id and r.id = g.role_id
    where g.account_id = ${actor.accountId} and g.mailbox_id = ${mailbox.id} and g.ended_at is null
      and m.user_id is distinct from ${actor.userId}::uuid
    order by g.member_id, g.granted_at, g.id`);
  const of = new Map<string, Held[]>();
  for (const grant of held) of.set(grant.memberId, [...(of.get(grant.memberId) ?? []), grant]);
  const all = [...of].map(([subjectId, grants]) => {
    const on = ({ name }: Mailbox) => grants.map((grant) => ({ ...wordsOf(grant), mailboxName: name }));
    const change = { started: heir ? on(heir) : [], ended: on(mailbox) };
    return { userId: grants[0]!.userId, subjectId, data: rightsData(actor, change) };
  });
  const news = { accountId: actor.accountId, kind: "rights.changed", mail: "rights_changed" } as const;
  await notifyMany(tx, news, all);
}

const wordsOf = ({ systemRole, roleId, roleName, permission }: Held) => ({
  title: systemRole ? systemRoleWords(systemRole).title : permission ? permissionWords(permission).title : roleName!,
  roleId: roleId ?? undefined,
});
