import { and, eq, inArray, isNull, sql } from "drizzle-orm";
import { type Actor, can } from "../access/actor.ts";
import { countTries, inWords } from "../access/limits.ts";
import { type Permission, permissions } from "../access/permissions.ts";
import { recordEvent } from "../audit/record.ts";
import { config } from "../config.ts";
import { db, type Tx } from "../db/client.ts";
import { mailboxes, type ReportScope, reports } from "../db/schema.ts";
import { listPath, readFilters } from "../directory/filters.ts";
import { Conflict, Forbidden, Invalid, NotFound, TooMany } from "../http/errors.ts";
import { isUuid } from "../http/ids.ts";
import { t } from "../i18n/t.ts";
import { enqueue } from "../queue.ts";
import { selectedMembers } from "../selection/queries.ts";
import type { ReportWish } from "./forms.ts";
import { type Report, subjectOf } from "./queries.ts";

/** T92: of one account, one that is made and three that wait for it. */
const mostOpen = 4;

/** One line of all installation: so a long report never takes more than one place of a worker, and one connection. */
const line = { queue: "reports", maxAttempts: 8 };

/** T92: asks for a report in the account's turn: at most four that are not ready, and so many an hour. */
export async function orderReport(actor: Actor, wish: ReportWish): Promise<Report> {
  assertMayRead(actor);
  const scope = await scopeOf(actor, wish);
  return db.transaction(async (tx) => {
    await assertRoom(tx, actor.accountId);
    const [report] = await tx
      .insert(reports)
      .values({ accountId: actor.accountId, format: wish.format, scope, orderedBy: actor.userId! })
      .returning();
    await recordEvent(tx, actor, "report.ordered", subjectOf(report!), { after: { ...scope, format: wish.format } });
    await queueReport(tx, report!.id);
    return report!;
  });
}

/** Puts a report into the line; `after` so many milliseconds, where it has to wait for another one. */
export const queueReport = (tx: Tx, reportId: string, after?: number) =>
  enqueue(tx, "build_report", { reportId }, { ...line, after });

/** A report says what the users list says, so it takes both rights. */
export const assertMayRead = (actor: Actor): void => assertCan(actor, "users.view");

/** Throws Forbidden, with the name of the permission, for who does not hold it on the account. */
export function assertCan(actor: Actor, permission: Permission): void {
  if (can(actor, permission)) return;
  const { title } = permissions[permission];
  throw new Forbidden(t("You need the permission “{permission}” for this.", { permission: t(title) }));
}

async function assertRoom(tx: Tx, accountId: string) {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`reports of ${accountId}`}, 0))`);
  const open = await tx.$count(
    reports,
    and(eq(reports.accountId, accountId), inArray(reports.status, ["queued", "running"])),
  );
  if (open >= mostOpen) {
    throw new Conflict(
      t("{count} reports of this account are not ready yet. Wait for one of them, or cancel one.", { count: open }),
    );
  }
  const limit = { key: `reports:${accountId}`, points: config.REPORTS_PER_HOUR, seconds: 3600 };
  const [wait] = await countTries([limit], 1, tx);
  if (!wait) return;
  throw new TooMany(
    t("This account may generate {count} reports an hour. Try again in {left}.", {
      count: limit.points,
      left: inWords(wait),
    }),
    wait,
  );
}

/** What was asked for, frozen: a neighbour's member or mailbox is not there (404). */
async function scopeOf(actor: Actor, wish: ReportWish): Promise<ReportScope> {
  const chosen = wish.what === "selection" ? await selectedMembers(actor.accountId, wish.members) : [];
  if (wish.what === "selection" && chosen.length === 0) throw new Invalid("what", t("Nobody is selected."));
  const sheets = wish.format === "xlsx" && wish.sheets === "chosen" ? await ownMailboxes(actor, wish.mailboxes) : "all";
  return {
    filter: wish.what === "filter" ? canonicalFilter(actor, wish.filter) : "",
    memberIds: chosen.map(({ id }) => id),
    mailboxIds: sheets,
    personal: wish.personal,
    bom: wish.bom,
  };
}

/** The query string of a list: only what the list itself reads of it, as it writes it. */
export function canonicalFilter(actor: Actor, query: string): string {
  const filters = readFilters(Object.fromEntries(new URLSearchParams(query)), can(actor, "invites.send"));
  return listPath(filters).split("?")[1] ?? "";
}

async function ownMailboxes(actor: Actor, wanted: string[]): Promise<string[]> {
  const ids = [...new Set(wanted)];
  if (!ids.every(isUuid)) throw new NotFound();
  const own = await db.$count(
    mailboxes,
    and(eq(mailboxes.accountId, actor.accountId), inArray(mailboxes.id, ids), isNull(mailboxes.archivedAt)),
  );
  if (own !== ids.length) throw new NotFound();
  return ids;
}
