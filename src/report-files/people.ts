import { type SQL, sql } from "drizzle-orm";
import { type Actor, can } from "../access/actor.ts";
import { grantCounts } from "../access/counts.ts";
import type { Tx } from "../db/client.ts";
import type { ReportScope } from "../db/schema.ts";
import { all, conditionsOf, searchOf, visible } from "../directory/conditions.ts";
import { type Filters, readFilters } from "../directory/filters.ts";
import { ordered } from "../directory/walk.ts";

/** The filters of the users list that a report was ordered with, as its reader may use them now. */
export const filtersOf = (actor: Actor, scope: Pick<ReportScope, "filter">): Filters =>
  readFilters(Object.fromEntries(new URLSearchParams(scope.filter)), can(actor, "invites.send"));

/** Whom a report is about: a condition on a member `m`, and the order of the list that it was ordered from. */
export interface People {
  where: SQL;
  order: SQL;
}

/**
 * The very people that the users list shows for these filters, found as a set: the list's own conditions, without the
 * limits of a page. Of a selection those who are still there, drafts for those only who may send them (D2).
 */
export async function peopleOf(actor: Actor, scope: ReportScope): Promise<People> {
  const mayInvite = can(actor, "invites.send");
  const filters = filtersOf(actor, scope);
  const order = ordered(filters.sort, filters.dir === "desc");
  const here = sql`m.account_id = ${actor.accountId}`;
  if (scope.memberIds.length > 0) {
    const chosen = sql`m.id = any(${sql.param(scope.memberIds)}::uuid[])`;
    return { where: all([here, chosen, ...(mayInvite ? [] : [sql`m.status <> 'draft'`])]), order };
  }
  const search = filters.q ? await searchOf(filters.q) : undefined;
  const { bounds, whole, held } = conditionsOf(actor, filters, search);
  const holding = held
    ? [
        sql`m.id in (select g.member_id from grants g where g.account_id = ${actor.accountId} and ${grantCounts()} and ${held})`,
      ]
    : [];
  return { where: all([here, visible(filters, mayInvite), ...bounds, ...whole, ...holding]), order };
}

/** How many people the report is about, in the snapshot. */
export async function countPeople(tx: Tx, { where }: People): Promise<number> {
  const [row] = await tx.execute<{ n: number }>(sql`select count(*)::int as n from members m where ${where}`);
  return row!.n;
}
