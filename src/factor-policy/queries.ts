import { eq, type SQL, sql } from "drizzle-orm";
import { memberCounts } from "../access/counts.ts";
import { hasFactor } from "../access/has-factor.ts";
import { db, type Reader } from "../db/client.ts";
import { accounts } from "../db/schema.ts";
import { csvHead, csvLine } from "../http/csv.ts";
import { t } from "../i18n/t.ts";

/** So far they are counted. */
export const mostCounted = 1000;
const size = 25;

/** The account with its policy. */
export async function policyOf(accountId: string, reader: Reader = db) {
  const [account] = await reader.select().from(accounts).where(eq(accounts.id, accountId));
  return account!;
}

/** Of members `m` those whose place counts and who have no second factor. */
export const whoLacks = (accountId: string): SQL =>
  sql`m.account_id = ${accountId}::uuid and m.user_id is not null and ${memberCounts("m")} and not ${hasFactor(sql`m.user_id`)}`;

export interface Lacking extends Record<string, unknown> {
  id: string;
  email: string;
  firstName: string;
  lastName: string;
  lastSignInAt: Date | null;
}

const like = (q: string) => `%${q.replaceAll(/[\\%_]/g, (sign) => `\\${sign}`)}%`;
const fits = (q: string) =>
  q ? sql`(m.email ilike ${like(q)} or m.first_name || ' ' || m.last_name ilike ${like(q)})` : sql`true`;

/** A page of the members who lack a second factor, by address, from behind `after` on; `next` is where the next page begins. */
export async function listLacking(accountId: string, { q = "", after = "" }, most = size) {
  const rows = await db.execute<Lacking>(sql`
    select m.id, m.email, m.first_name as "firstName", m.last_name as "lastName", m.last_sign_in_at as "lastSignInAt"
    from members m
    where ${whoLacks(accountId)} and ${fits(q)} and m.email collate "C" > ${after}
    order by m.email collate "C" limit ${most + 1}`);
  const shown = [...rows].slice(0, most);
  return { rows: shown, next: rows.length > most ? shown.at(-1)!.email : undefined };
}

/** How many lack one, to `mostCounted` and one at most. */
export async function countLacking(accountId: string): Promise<number> {
  const [row] = await db.execute<{ count: number }>(sql`
    select count(*)::int as count from (select 1 from members m where ${whoLacks(accountId)} limit ${mostCounted + 1}) x`);
  return row?.count ?? 0;
}

/** All of them as lines of CSV, a thousand at a time. */
export async function* lackingLines(accountId: string, q: string): AsyncGenerator<string> {
  // With the first lines, not before them: what cannot be read is answered with a page, not with half a file.
  let head = csvHead([t("E-mail address"), t("First name"), t("Last name"), t("Last sign-in")]);
  for (let after: string | undefined = ""; after !== undefined; ) {
    const { rows, next } = await listLacking(accountId, { q, after }, 1000);
    const at = (time: string | Date | null) => (time ? new Date(time).toISOString() : "");
    const lines = rows.map((row) => csvLine([row.email, row.firstName, row.lastName, at(row.lastSignInAt)]));
    yield head + lines.join("");
    head = "";
    after = next;
  }
}
