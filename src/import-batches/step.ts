import { and, eq, type SQL, sql } from "drizzle-orm";
import type { Tx } from "../db/client.ts";
import { type ImportCounts, type importPeople, imports } from "../db/schema.ts";

export type Import = typeof imports.$inferSelect;
export type ImportPerson = Pick<
  typeof importPeople.$inferSelect,
  "position" | "email" | "action" | "memberId" | "firstName" | "lastName" | "namesBefore"
>;

/** What became of one address; without `reason` the one of the check stays. */
export interface Outcome {
  result: "created" | "updated" | "same" | "skipped";
  reason?: string;
  memberId?: string;
  userId?: string;
  mailId?: string;
}
export type Outcomes = Map<number, Outcome>;

/** Thrown inside a batch, so that nothing of it stays: another worker has the import, or it may not go on. */
export class Halt extends Error {
  /** Why the import stops by itself; none where another worker has it by now. */
  reason: string | undefined;
  constructor(reason?: string) {
    super(reason ?? "another worker has taken this import over");
    this.reason = reason;
  }
}

/** Something that the batch had looked at changed before it was over: it begins again. */
export class Changed extends Error {}

/** How many roles and permissions one batch gives at most: short enough that whoever is in it hardly waits. */
const rightsPerPerson = 7;

/**
 * The next people by position: at most `size`, and fewer where they are given very much. Somebody with more than a whole
 * batch may have is a batch of their own.
 */
export async function nextPeople(tx: Tx, run: Import, size: number): Promise<ImportPerson[]> {
  return (await tx.execute(sql`
    with next as materialized (
      select p.position, p.email, p.action, p.member_id, p.first_name, p.last_name, p.names_before,
        (select coalesce(sum(cardinality(r.items)), 0) from import_rights r
          where r.import_id = p.import_id and r.position = p.position) as rights
      from import_people p where p.import_id = ${run.id} and p.position > ${run.cursor}::int
      order by p.position limit ${size}::int
    ), weighed as (
      select *, sum(rights) over (order by position) as weight, row_number() over (order by position) as place from next
    )
    select position, email, action, member_id as "memberId", first_name as "firstName", last_name as "lastName",
      names_before as "namesBefore"
    from weighed where place = 1 or weight <= ${size * rightsPerPerson}::int order by position`)) as unknown as ImportPerson[];
}

/**
 * Says to a statement within which positions the people of a batch stand: so it looks at their rows alone, and takes as long
 * for the last batch of a large file as for the only one of a small file.
 */
export function among(people: { position: number }[]): SQL {
  const positions = people.map(({ position }) => position);
  return sql`between ${Math.min(...positions)}::int and ${Math.max(...positions)}::int`;
}

/** Writes what became of everybody of a batch beside their address. */
export async function mark(tx: Tx, run: Import, outcomes: Outcomes): Promise<void> {
  const all = [...outcomes];
  const column = (of: (outcome: Outcome) => string | undefined) =>
    sql.param(all.map(([, outcome]) => of(outcome) ?? null));
  await tx.execute(sql`
    update import_people p set result = o.result, reason = coalesce(o.reason, p.reason),
      member_id = coalesce(o.member_id, p.member_id), user_id = coalesce(o.user_id, p.user_id), mail_id = o.mail_id
    from unnest(${sql.param(all.map(([position]) => position))}::int[], ${column(({ result }) => result)}::text[],
      ${column(({ reason }) => reason)}::text[], ${column(({ memberId }) => memberId)}::uuid[],
      ${column(({ userId }) => userId)}::uuid[], ${column(({ mailId }) => mailId)}::uuid[])
      o (position, result, reason, member_id, user_id, mail_id)
    where p.import_id = ${run.id} and p.position = o.position
      and p.position ${among(all.map(([position]) => ({ position })))}`);
}

const kinds = { created: "create", updated: "update", same: "same", skipped: "skip" } as const;

/** What was done so far, with this batch. */
function added(before: ImportCounts, outcomes: Outcomes): ImportCounts {
  const sum = { create: 0, update: 0, same: 0, skip: 0, ...before };
  for (const { result } of outcomes.values()) sum[kinds[result]]++;
  return sum;
}

/**
 * Writes down how far an import is, as the last statement of the batch that got there. Only who took it up last may: an older
 * one undoes its batch (R3).
 */
export async function advance(tx: Tx, run: Import, cursor: number, outcomes: Outcomes): Promise<Import> {
  const [moved] = await tx
    .update(imports)
    .set({
      cursor,
      done: sql`${imports.done} + ${outcomes.size}::int`,
      results: added(run.results, outcomes),
      movedAt: sql`clock_timestamp()`,
    })
    .where(and(eq(imports.id, run.id), eq(imports.generation, run.generation), eq(imports.status, "running")))
    .returning();
  if (!moved) throw new Halt();
  return moved;
}
