import { sql } from "drizzle-orm";
import { permissions } from "../access/permissions.ts";
import { db, type Reader } from "../db/client.ts";
import { grantCounts, mailboxCounts, roleCounts, systemRolesWith } from "./counts.ts";
import { type Path, pathsOf, type Question } from "./paths.ts";
import { type Standing, standingOf } from "./standing.ts";

/** Yes or no, and why. */
export interface Answer {
  yes: boolean;
  standing: Standing;
  /** The ways that count, and those that do not: not yet, not any more, not there. */
  counting: Path[];
  others: Path[];
}

/**
 * X3: whether a member of the account has a right, at a place and a moment, and every way to it. The answer is the one that
 * enforcement gives at that moment: of now from what counts, of a past date from what was recorded; events are not asked.
 */
export async function whyOf(
  accountId: string,
  memberId: string,
  question: Question,
  reader: Reader = db,
): Promise<Answer> {
  const [standing, paths] = await Promise.all([
    standingOf(reader, accountId, memberId, question.at),
    pathsOf(reader, accountId, [memberId], question),
  ]);
  const counting = paths.filter((path) => path.counts);
  return {
    yes: standing.counts && counting.length > 0,
    standing,
    counting,
    others: paths.filter((path) => !path.counts),
  };
}

/** A mailbox on which somebody has a right by a grant of its own. */
export interface Elsewhere {
  id: string;
  name: string;
}

/** Who has no right on the account may have it on single mailboxes: the first of those, by name. */
export async function mailboxesWith(
  accountId: string,
  memberId: string,
  { permission, at }: Pick<Question, "permission" | "at">,
  size = 20,
): Promise<Elsewhere[]> {
  if (permissions[permission].level !== "mailbox") return [];
  const holding = await systemRolesWith(permission, at);
  const some = (ended: "is" | "is not") => sql`
    select g.mailbox_id from grants g
    join mailboxes b on b.account_id = g.account_id and b.id = g.mailbox_id and ${mailboxCounts(at)}
    where g.account_id = ${accountId} and g.member_id = ${memberId} and g.ended_at ${sql.raw(ended)} null and ${grantCounts(at)}
      and (g.permission = ${permission} or g.system_role = any(${sql.param(holding)}::text[]) or exists (
        select 1 from roles r join role_permissions rp on rp.role_id = r.id and rp.permission = ${permission}
        where r.id = g.role_id and ${roleCounts(at)}))`;
  const found = at ? sql`${some("is")} union ${some("is not")}` : some("is");
  const rows = await db.execute<Elsewhere & Record<string, unknown>>(sql`
    select b.id, b.name from mailboxes b where b.account_id = ${accountId} and b.id in (${found})
    order by b.name, b.id limit ${size}`);
  return [...rows];
}
