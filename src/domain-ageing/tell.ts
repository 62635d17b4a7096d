import { sql } from "drizzle-orm";
import { systemRoleKeys, systemRoles } from "../access/permissions.ts";
import type { Tx } from "../db/client.ts";
import type { Domain } from "../domains/queries.ts";
import type { MailKind } from "../mail/outbox.ts";
import { notify } from "../notifications/notify.ts";
import type { Move } from "./next-state.ts";

type DomainNews = NonNullable<Move["news"]>;

const mails: Record<DomainNews, MailKind> = {
  "domain.verified": "domain_verified",
  "domain.at_risk": "domain_at_risk",
  "domain.suspended": "domain_suspended",
  "domain.recovered": "domain_recovered",
  "domain.lapsed": "domain_lapsed",
};

/** Tells everybody who may verify domains of the account, its Owners among them, by bell and mail: in the move's transaction. */
export async function tellAdministrators(tx: Tx, domain: Domain, kind: DomainNews, more: Record<string, string> = {}) {
  const { accountId, id: subjectId, shownName, riskReason } = domain;
  const data: Record<string, string> = { domain: shownName, ...more };
  if (riskReason) data.reason = JSON.stringify(riskReason);
  for (const userId of await verifiersOf(tx, accountId)) {
    await notify(tx, { userId, accountId, kind, subjectId, data, mail: mails[kind] });
  }
}

/** Whoever holds domains.verify on the account now: by a system role, a custom one, or singly. */
async function verifiersOf(tx: Tx, accountId: string): Promise<string[]> {
  const holding = systemRoleKeys.filter((key) =>
    (systemRoles[key].permissions as readonly string[]).includes("domains.verify"),
  );
  const rows = await tx.execute<{ id: string }>(sql`
    select distinct u.id from grants g
    join members m on m.account_id = g.account_id and m.id = g.member_id and m.status = 'active'
    join users u on u.id = m.user_id and u.disabled_at is null
    where g.account_id = ${accountId} and g.mailbox_id is null and g.ended_at is null and (
      g.permission = 'domains.verify' or g.system_role = any(${sql.param(holding)}::text[]) or exists (
        select 1 from roles r join role_permissions rp on rp.role_id = r.id and rp.ended_at is null
        where r.id = g.role_id and r.ended_at is null and rp.permission = 'domains.verify'))
    order by u.id`);
  return rows.map(({ id }) => id);
}
