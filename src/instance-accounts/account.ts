import { asc, eq, sql } from "drizzle-orm";
import { db } from "../db/client.ts";
import { domains } from "../db/schema.ts";
import { NotFound } from "../http/errors.ts";
import { uuidOr404 } from "../http/ids.ts";
import { type AccountRow, accountRow, usage } from "./queries.ts";

interface Owner extends Record<string, unknown> {
  name: string;
  email: string;
}

interface Past extends Record<string, unknown> {
  name: "account.suspended" | "account.unsuspended";
  by: string;
  at: string;
  reason: string | null;
}

const few = 20;

/** One account for whoever runs the installation: how much there is, not what is in it. Absent or no id at all: 404. */
export async function accountForInstance(accountId: string) {
  const id = uuidOr404(accountId).toLowerCase();
  const [found] = await db.execute(sql`
    select a.*, p.name as plan, p.mailboxes as limit, ${usage}
    from accounts a join plans p on p.id = coalesce(a.plan_id, (select id from plans where is_default))
    where a.id = ${id}`);
  if (!found) throw new NotFound();
  const account: AccountRow & { reason?: string | null } = accountRow(found);
  return { account: { ...account, reason: found.suspended_reason as string | null }, people: account.people };
}

/** Whom to talk to, and what its mail is about: the first twenty of each, and when it was suspended and restored. */
export async function aboutAccount(id: string) {
  const owners = await db.execute<Owner>(sql`
    select distinct u.email, btrim(u.first_name || ' ' || u.last_name) as name from grants g
    join members m on m.account_id = g.account_id and m.id = g.member_id and m.status = 'active'
    join users u on u.id = m.user_id
    where g.account_id = ${id} and g.mailbox_id is null and g.ended_at is null and g.system_role = 'owner'
    order by u.email limit ${few}`);
  const names = await db
    .select({ name: domains.shownName, status: domains.status })
    .from(domains)
    .where(sql`${eq(domains.accountId, id)} and ${domains.endedAt} is null`)
    .orderBy(asc(domains.name))
    .limit(few);
  const past = await db.execute<Past>(sql`
    select name, actor_label as by, to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at,
      coalesce(after ->> 'reason', before ->> 'reason') as reason
    from events where account_id = ${id} and name in ('account.suspended', 'account.unsuspended')
    order by id desc limit ${few}`);
  return { owners: [...owners], domains: names, past: [...past] };
}
