import { and, eq, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { db, type Tx } from "../db/client.ts";
import { type ImportCounts, imports } from "../db/schema.ts";
import { violations } from "../import-rights/refused.ts";
import { queueFiles } from "../imports/limits.ts";
import { log } from "../log.ts";
import type { Staging } from "./staging.ts";
import { problemsFrom } from "./tables.ts";
import type { Import } from "./take-up.ts";
import { Halt } from "./take-up.ts";

const checked = { people: sql`checked_people`, rights: sql`checked_rights` };

/** Problems that are kept; the rest is counted. */
const kept = 10_000;

/** What of the file the uploader may not do, with the cell where it stands. */
export async function judgePolicy(tx: Tx, actor: Actor): Promise<void> {
  const found = await violations(tx, actor, checked);
  if (!found) return;
  await problemsFrom(
    tx,
    sql`
    select 'file', coalesce(s.name, ''), s.number, q.row,
      case q.col when 1 then s.column_1 when 2 then s.column_2 when 3 then s.column_3 end,
      left(case when q.col = 2 then c.roles when q.col = 3 then c.permissions else coalesce(q.email, '') end, 200),
      q.code, q.vals, q.email
    from (${found}) q (sheet, row, col, code, vals, email)
    left join staged_sheets s on s.number = q.sheet or q.sheet is null and s.kind = 'users'
    left join staged_rights r on r.sheet = q.sheet and r.row = q.row
    left join staged_cells c on c.id = r.cell`,
  );
}

/**
 * Keeps the problems in the order of the file, those that stop the file before the others where not all can be kept, and
 * says how the check ended. Only who took the check up last may: an older one undoes everything (R3).
 */
export async function settle(tx: Tx, { id, accountId, generation }: Import, staging: Staging): Promise<void> {
  const mine = and(eq(imports.id, id), eq(imports.generation, generation), eq(imports.status, "checking"));
  const [held] = await tx.select({ id: imports.id }).from(imports).where(mine).for("no key update");
  if (!held) throw new Halt();
  await tx.execute(sql`insert into import_people select * from checked_people order by position`);
  await tx.execute(
    sql`insert into import_rights select * from checked_rights order by position, sheet on conflict do nothing`,
  );
  await tx.execute(sql`
    insert into import_problems (import_id, number, tier, sheet, sheet_number, row, "column", value, code, "values", email)
    select ${id}::uuid, row_number() over (order by sheet_number nulls first, row nulls first, length(col), col, code, vals::text),
      tier, sheet, sheet_number, row, col, value, code, vals, email
    from (
      select * from staged_problems
      order by case tier when 'file' then 0 when 'address' then 1 else 2 end, sheet_number nulls first, row, length(col), col
      limit ${kept}
    ) p`);
  const [tiers] = await tx.execute<{ file: number; address: number; warning: number }>(sql`
    select count(*) filter (where tier = 'file')::int as file, count(*) filter (where tier = 'address')::int as address,
      count(*) filter (where tier = 'warning')::int as warning from staged_problems`);
  const file = tiers!.file + staging.leftOut("file");
  const address = tiers!.address + staging.leftOut("address");
  const warning = tiers!.warning + staging.leftOut("warning");
  const actions = await tx.execute<{ action: keyof ImportCounts; n: number }>(
    sql`select action, count(*)::int as n from checked_people group by action`,
  );
  const counts: ImportCounts = {
    ...{ create: 0, update: 0, same: 0, skip: 0, warnings: warning, problems: file + address },
    ...Object.fromEntries(actions.map(({ action, n }) => [action, n])),
  };
  await tx
    .update(imports)
    .set({
      status: file > 0 ? "refused" : "checked",
      counts,
      checkedAt: sql`clock_timestamp()`,
      movedAt: sql`clock_timestamp()`,
      ...(file > 0 ? { finishedAt: sql`clock_timestamp()` } : {}),
    })
    .where(eq(imports.id, id));
  // Where everybody is simply created there is nothing to mark yet: the files come with the end of the run.
  const { update, same, skip, warnings, problems } = counts;
  if ([update, same, skip, warnings, problems].some(Boolean)) await queueFiles(tx, { id, accountId });
}

/**
 * The database's picture of these tables is as old as its last look: the start of an import, and its pages, ask about rows
 * that have just come.
 */
export const lookAgain = (): Promise<unknown> =>
  db
    .execute(
      sql`analyze import_people (import_id, position, action), import_rights (import_id, position, mailbox_id, changed)`,
    )
    .catch((error) => log.warn({ err: error }, "the tables of an import could not be looked at again"));
