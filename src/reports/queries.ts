import { and, asc, desc, eq, isNull, sql } from "drizzle-orm";
import { nameOf } from "../access/load-actor.ts";
import type { Subject } from "../audit/record.ts";
import { db, type Reader } from "../db/client.ts";
import { mailboxes, reports, users } from "../db/schema.ts";
import { NotFound } from "../http/errors.ts";
import { uuidOr404 } from "../http/ids.ts";
import { mostMailboxSheets } from "../workbook/sheets.ts";

export type Report = typeof reports.$inferSelect;

/** A report as pages show it, with what the database's clock says about it. */
export interface ShownReport extends Report {
  orderedByName: string;
  /** Its files cannot be fetched any more. */
  over: boolean;
  /** Seconds since it moved last. */
  stillFor: number;
}

/** What the log calls a report. */
export const subjectOf = ({ id, format }: Pick<Report, "id" | "format">): Subject => ({
  type: "report",
  id,
  label: `Users, ${format}`,
});

/** A report of the account; a neighbour's is not there. */
export async function findReport(reader: Reader, accountId: string, id: string): Promise<Report> {
  const [report] = await reader
    .select()
    .from(reports)
    .where(and(eq(reports.accountId, accountId), eq(reports.id, uuidOr404(id))));
  if (!report) throw new NotFound();
  return report;
}

const shown = (accountId: string) =>
  db
    .select({
      report: reports,
      user: { email: users.email, firstName: users.firstName, lastName: users.lastName },
      over: sql<boolean>`coalesce(${reports.expiresAt} <= now(), false)`,
      stillFor: sql<number>`extract(epoch from clock_timestamp() - ${reports.movedAt})::float`,
    })
    .from(reports)
    .innerJoin(users, eq(users.id, reports.orderedBy))
    .where(eq(reports.accountId, accountId))
    .$dynamic();

type Found = Awaited<ReturnType<typeof shown>>[number];

const asShown = ({ report, user, over, stillFor }: Found): ShownReport => ({
  ...report,
  orderedByName: nameOf(user),
  over,
  stillFor,
});

/** The same for its page. */
export async function reportFor(accountId: string, id: string): Promise<ShownReport> {
  const rows = await shown(accountId).where(and(eq(reports.accountId, accountId), eq(reports.id, uuidOr404(id))));
  if (!rows[0]) throw new NotFound();
  return asShown(rows[0]);
}

const most = 50;

/** The newest reports of the account. */
export async function reportsOf(accountId: string): Promise<ShownReport[]> {
  const rows = await shown(accountId).orderBy(desc(reports.createdAt), desc(reports.id)).limit(most);
  return rows.map(asShown);
}

/** Shared mailboxes that a workbook can hold a sheet for, by name, and whether there are more than fit. */
export async function mailboxChoices(accountId: string) {
  const boxes = await db
    .select({ id: mailboxes.id, name: mailboxes.name, address: mailboxes.address })
    .from(mailboxes)
    .where(and(eq(mailboxes.accountId, accountId), isNull(mailboxes.archivedAt), isNull(mailboxes.personalUserId)))
    .orderBy(asc(mailboxes.name), asc(mailboxes.id))
    .limit(mostMailboxSheets + 1);
  return { boxes: boxes.slice(0, mostMailboxSheets), more: boxes.length > mostMailboxSheets, most: mostMailboxSheets };
}
