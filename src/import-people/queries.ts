import { sql } from "drizzle-orm";
import { run } from "../db/client.ts";
import type { MemberStatus } from "../db/schema.ts";
import { type Delivery, deliveries, type Filter } from "./filter.ts";

const size = 50;

/** One address of an import, with what became of it and of the mail to create a password. */
export interface ListedPerson {
  position: number;
  email: string;
  firstName: string;
  lastName: string;
  result: "created" | "updated" | "same" | "skipped" | null;
  reason: string | null;
  memberId: string | null;
  status: MemberStatus | null;
  /** Of the newest mail to create a password; null where there is none. */
  delivery: Delivery | null;
  /** What the mail server said. */
  reply: string | null;
  /** Who was created and has no password yet: the mail can be sent again, the link copied. */
  waits: boolean;
}

const delivery = sql`case
  when m.id is null then null when m.held then 'held' when u.password_hash is not null then 'used'
  when m.status in ('queued', 'unknown') then 'queued' else m.status end`;

/** One page of the people of an import, in the order of the file, after the position `filter.after`. */
export async function listPeople(
  importId: string,
  filter: Filter,
): Promise<{ people: ListedPerson[]; next: number | null }> {
  const { result, mail, after } = filter;
  const rows = await run<ListedPerson>(
    sql`
      select p.position, p.email, p.first_name as "firstName", p.last_name as "lastName", p.result, p.reason,
        p.member_id as "memberId", c.status, ${delivery} as delivery, m.reply,
        p.result = 'created' and c.status = 'waiting' as waits
      from import_people p
      left join members c on c.id = p.member_id
      left join users u on u.id = p.user_id
      left join mails m on m.id = p.mail_id
      where p.import_id = ${importId} and p.position > ${after}::int
        ${result ? sql`and p.result = ${result}` : sql``}
        ${mail ? sql`and ${delivery} = ${mail}` : sql``}
      order by p.position limit ${size + 1}`,
    { planned: true },
  );
  const people = rows.slice(0, size);
  return { people, next: rows.length > size ? people.at(-1)!.position : null };
}

/** How many mails of an import are in which state; the states that there are. */
export async function countDeliveries(importId: string): Promise<{ delivery: Delivery; count: number }[]> {
  const rows = await run<{ delivery: Delivery; count: number }>(
    sql`
      select ${delivery} as delivery, count(*)::int as count
      from import_people p join mails m on m.id = p.mail_id left join users u on u.id = p.user_id
      where p.import_id = ${importId} group by 1`,
    { planned: true },
  );
  return rows.sort((a, b) => deliveries.indexOf(a.delivery) - deliveries.indexOf(b.delivery));
}
