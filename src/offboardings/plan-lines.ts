import { sql } from "drizzle-orm";
import { isSystemRole, systemRoles } from "../access/permissions.ts";
import { db } from "../db/client.ts";
import { t } from "../i18n/t.ts";
import type { Offboarding } from "./queries.ts";

/** What is planned, in words: each mailbox with who gets it (null: nobody), and who becomes Owner. */
export async function planLines({ accountId, plan }: Offboarding) {
  const rows = await db.execute<{
    name: string;
    address: string;
    to: string | null;
    role: string;
    title: string | null;
  }>(sql`
    select b.name, b.address, p.role, r.name as title,
      coalesce(nullif(btrim(m.first_name || ' ' || m.last_name), ''), m.email) as "to"
    from jsonb_to_recordset(${JSON.stringify(plan.mailboxes)}::jsonb) as p ("mailboxId" uuid, "toMemberId" uuid, role text)
    join mailboxes b on b.account_id = ${accountId} and b.id = p."mailboxId"
    left join members m on m.account_id = ${accountId} and m.id = p."toMemberId"
    left join roles r on r.account_id = ${accountId} and r.id::text = p.role
    order by p."toMemberId" is null, b.name, b.id`);
  const [owner] = await db.execute<{ name: string }>(sql`
    select coalesce(nullif(btrim(m.first_name || ' ' || m.last_name), ''), m.email) as name from members m
    where m.account_id = ${accountId} and m.id = ${plan.ownerMemberId}::uuid`);
  return {
    owner: owner?.name ?? null,
    mailboxes: rows.map(({ name, address, to, role, title }) => ({
      ...{ name, address, to },
      role: isSystemRole(role) ? t(systemRoles[role].title) : (title ?? ""),
    })),
  };
}
