import { sql } from "drizzle-orm";
import type { Tx } from "../db/client.ts";
import { queueMail } from "../mail/outbox.ts";

/** Mails every Owner of the account; nobody can have switched this off. */
export async function tellOwners(
  tx: Tx,
  accountId: string,
  kind: "account_suspended" | "account_unsuspended" | "account_deleted",
  data: Record<string, string> = {},
): Promise<void> {
  const owners = await tx.execute<{ id: string }>(sql`
    select distinct u.id from grants g
    join members m on m.account_id = g.account_id and m.id = g.member_id and m.status = 'active'
    join users u on u.id = m.user_id and u.disabled_at is null
    where g.account_id = ${accountId} and g.mailbox_id is null and g.ended_at is null and g.system_role = 'owner'
    order by u.id limit 50`);
  for (const { id } of owners)
    await queueMail(tx, { kind, subjectId: accountId, accountId, data: { ...data, userId: id } });
}
