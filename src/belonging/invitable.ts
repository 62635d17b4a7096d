import { sql } from "drizzle-orm";
import type { Reader } from "../db/client.ts";
import { type ClosedRule, domainRule } from "./rule.ts";

/**
 * D3, T12: the rule that keeps an account from inviting an address, if any. It is the domain's alone, so the answer is the
 * same whether a stranger is registered or not; only who this account has met before (they joined, declined or left: its own
 * log says so) may be invited again, because they need not register.
 */
export async function closedFor(reader: Reader, accountId: string, email: string): Promise<ClosedRule | undefined> {
  const rule = await domainRule(reader, email);
  if (rule.kind !== "closed") return undefined;
  const [met] = await reader.execute(sql`
    select 1 from members m where m.account_id = ${accountId} and m.email = ${email} and (
      m.joined_at is not null or m.status = 'declined' or exists (
        select 1 from events e where e.account_id = m.account_id and e.subject_id = m.id::text
          and e.name in ('invite.accepted', 'invite.declined', 'member.left', 'member.removed')))
    limit 1`);
  return met ? undefined : rule;
}
