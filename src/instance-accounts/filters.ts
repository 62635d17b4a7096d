import { type SQL, sql } from "drizzle-orm";
import { isUuid } from "../http/ids.ts";

export const standings = ["all", "active", "suspended", "deleted"] as const;
export type AccountStanding = (typeof standings)[number];

export interface AccountsQuery {
  q: string;
  show: AccountStanding;
  /** The account that the page begins behind. */
  before: string;
}

const text = (value: unknown): string => (typeof value === "string" ? value.trim().slice(0, 200) : "");

/** What the address asks for; what it cannot mean is left out. */
export function readAccountsQuery(query: Record<string, unknown>): AccountsQuery {
  const show = standings.find((each) => each === query.show) ?? "all";
  return { q: text(query.q), show, before: isUuid(text(query.before)) ? text(query.before).toLowerCase() : "" };
}

/** The list's address with this asked for. */
export function accountsLink(query: Partial<AccountsQuery>): string {
  const said = Object.entries(query).filter(([name, value]) => value && !(name === "show" && value === "all"));
  return said.length ? `/instance/accounts?${new URLSearchParams(said as [string, string][])}` : "/instance/accounts";
}

const containing = (words: string) => `%${words.replaceAll(/[\\%_]/g, "\\$&")}%`;

/** By name, by one of its domains, by the address of somebody who is in it, or by its id: whichever the words can be. */
export function matching({ q, show }: AccountsQuery): SQL {
  const small = q.toLowerCase();
  const any = [sql`a.name ilike ${containing(q)}`];
  if (isUuid(q)) any.push(sql`a.id = ${small}::uuid`);
  if (/^[^@\s]+\.[^@\s]+$/.test(q))
    any.push(sql`a.id in (select d.account_id from domains d where d.name = ${small} and d.ended_at is null)`);
  if (q.includes("@"))
    any.push(sql`a.id in (select m.account_id from members m join users u on u.id = m.user_id
      where u.email = ${small} and m.status in ('active', 'blocked', 'waiting'))`);
  const words = q ? sql`(${sql.join(any, sql` or `)})` : sql`true`;
  return sql`${words} and ${standing[show]}`;
}

const standing: Record<AccountStanding, SQL> = {
  all: sql`true`,
  active: sql`a.deleted_at is null and a.suspended_at is null`,
  suspended: sql`a.suspended_at is not null and a.deleted_at is null`,
  deleted: sql`a.deleted_at is not null`,
};
