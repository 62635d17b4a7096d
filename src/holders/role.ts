import { sql } from "drizzle-orm";
import { db, type Reader } from "../db/client.ts";
import type { MemberStatus } from "../db/schema.ts";
import { holdersCap, ofRole, someHolders } from "./counts.ts";

/** Those who wait for an answer hold nothing yet; a role may go before they come (T7). */
const settled: MemberStatus[] = ["active", "blocked", "waiting"];
const pending: MemberStatus[] = ["draft", "invited"];

/** Somebody who holds a role, on the account or on a mailbox. */
export interface Holder {
  id: string;
  name: string;
  email: string;
  status: MemberStatus;
}

/** Who holds a role. Beyond `cap` nobody is counted; `settled` is one more then. */
export interface Holders {
  settled: number;
  pending: number;
  cap: number;
  people: Holder[];
}

/**
 * Who holds a role: how many are settled, how many wait for an answer, and the first `size` of them by name. Where more than
 * the cap are settled, the names are of those who were counted, and nobody who waits for an answer is looked for.
 */
export async function roleHolders(
  accountId: string,
  role: { id: string; system: string | null },
  size = 20,
  reader: Reader = db,
): Promise<Holders> {
  const cap = holdersCap.role;
  const first = await some(reader, accountId, role, settled, size);
  const rest = first.count > cap ? none : await some(reader, accountId, role, pending, size);
  return { settled: first.count, pending: rest.count, cap, people: [...first.people, ...rest.people].slice(0, size) };
}

const none = { count: 0, people: [] as Holder[] };

async function some(
  reader: Reader,
  accountId: string,
  role: { id: string; system: string | null },
  statuses: MemberStatus[],
  size: number,
): Promise<typeof none> {
  const [row] = await reader.execute<typeof none & Record<string, unknown>>(sql`
    with held as materialized (${someHolders(ofRole(accountId, role), holdersCap.role, statuses)}),
    named as (
      select m.id, coalesce(nullif(btrim(m.first_name || ' ' || m.last_name), ''), m.email) as name, m.email, m.status
      from held join members m on m.account_id = ${accountId} and m.id = held.member_id
      order by m.sort_name, m.id limit ${size}
    )
    select (select count(*)::int from held) as count, coalesce((select json_agg(to_json(n)) from named n), '[]') as people`);
  return row!;
}
