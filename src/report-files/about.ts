import { type SQL, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { grantCounts } from "../access/counts.ts";
import { systemRoles } from "../access/permissions.ts";
import type { Tx } from "../db/client.ts";
import type { MemberStatus, ReportScope } from "../db/schema.ts";
import { statusWords } from "../directory/pills.ts";
import { type Locale, language, t } from "../i18n/t.ts";
import { peopleOf } from "./people.ts";
import { scopePhrases } from "./scope-words.ts";

/** One bar of a chart, in the reader's language. */
export interface Share {
  label: string;
  count: number;
}

/** What stands on the cover of a report: whose it is, of what, and how many there are. All from the snapshot. */
export interface ReportAbout {
  account: string;
  /** What it is of, one phrase each: a filter, or a selection; none when it is of everybody. */
  filterWords: string[];
  orderedBy: string;
  /** The moment of the snapshot. */
  at: Date;
  timeZone: string;
  locale: Locale;
  region: string;
  total: number;
  /** The statuses that occur, in the order of their life. */
  byStatus: Share[];
  /** Roles on the account, the most frequent first; somebody with two counts in both. Last: those without any. */
  byRole: Share[];
}

/** The cover of a report, in the language that is spoken around it. */
export async function reportAbout(tx: Tx, actor: Actor, scope: ReportScope): Promise<ReportAbout> {
  const { where } = await peopleOf(actor, scope);
  const [account] = await tx.execute<{ name: string; at: string }>(sql`
    select name, extract(epoch from now()) * 1000 as at from accounts where id = ${actor.accountId}`);
  const statuses = await tx.execute<{ status: MemberStatus; count: number }>(sql`
    select m.status, count(*)::int as count from members m where ${where} group by m.status`);
  const words = statusWords();
  const byStatus = (Object.keys(words) as MemberStatus[]).flatMap((status) => {
    const found = statuses.find((row) => row.status === status);
    return found ? [{ label: words[status], count: found.count }] : [];
  });
  return {
    account: account!.name,
    filterWords: await scopePhrases(actor, scope),
    orderedBy: actor.name === actor.email ? actor.email : `${actor.name} <${actor.email}>`,
    at: new Date(Number(account!.at)),
    timeZone: actor.timeZone,
    locale: actor.locale,
    region: language().region,
    total: byStatus.reduce((sum, { count }) => sum + count, 0),
    byStatus,
    byRole: await roleShares(tx, where),
  };
}

async function roleShares(tx: Tx, where: SQL): Promise<Share[]> {
  const rows = await tx.execute<{ key: string | null; name: string | null; count: number }>(sql`
    select g.system_role as key, r.name, count(distinct m.id)::int as count
    from members m
    left join grants g on g.member_id = m.id and g.account_id = m.account_id and g.mailbox_id is null
      and ${grantCounts()} and g.permission is null
    left join roles r on r.id = g.role_id
    where ${where} group by 1, 2 order by (g.system_role is null and r.name is null), 3 desc, 2, 1`);
  return rows.map(({ key, name, count }) => ({
    label: key ? t(systemRoles[key as keyof typeof systemRoles].title) : (name ?? t("No role")),
    count,
  }));
}
