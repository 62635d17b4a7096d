import { type SQL, sql } from "drizzle-orm";
import { config } from "../config.ts";
import type { Tx } from "../db/client.ts";
import { joinList, levelWords, type SheetKind, sheetNameFor, sheets, titleOf } from "../workbook/sheets.ts";
import { type Targets, targetsOf } from "../workbook/targets.ts";
import { openWorkbook, type WorkbookWriter } from "../workbook/writer.ts";
import { dropFile, keepFile, type Making, type Write } from "./keep-file.ts";
import { peopleOf } from "./people.ts";

/** Made before the snapshot begins, on its connection: who is in the workbook, and in which order. */
export const peopleTable = `create temporary table report_people (position integer primary key, member_id uuid unique)`;

const size = 2000;
/** A sheet that is uploaded holds 200,000 rows; some of them are headers and notes. */
const rowsOfSheet = 199_000;

/** Whose place in the account is alive: everybody else has nothing that an import could set. */
const living = sql`m.status not in ('declined', 'revoked', 'expired', 'removed')`;

/** People of a part: from the one after `after` to `to`. */
interface Part {
  after: number;
  to: number;
}

/**
 * The report as a workbook that is a valid import (D16, X5): people with a living place only; returns how many others there
 * are. Over the limits of an import it comes in numbered parts, each an import of its own people. How many bytes a part
 * takes is known only when it is written: one that got too large is made again with half the people.
 */
export async function writeWorkbooks(making: Making): Promise<number> {
  const { tx, actor, report } = making;
  const { where, order } = await peopleOf(actor, report.scope);
  const found = await tx.execute<{ n: number; others: number }>(sql`
    with placed as (insert into report_people (position, member_id)
      select row_number() over (order by ${order}), m.id from members m where ${where} and ${living} returning 1)
    select (select count(*)::int from placed) as n,
      (select count(*)::int from members m where ${where} and not ${living}) as others`);
  const { n: people, others } = found[0]!;
  await tx.execute(sql.raw("analyze report_people"));
  const targets = await targetsOf(tx, actor.accountId, report.scope);
  const cells = cellsFor(targets);

  let rows = Math.min(config.IMPORT_ROWS, rowsOfSheet);
  for (let after = 0, part = 1; part === 1 || after < people; ) {
    const to = Math.min(people, after + rows);
    const file = await keepFile(making, part, after > 0 || to < people, (write) =>
      writePart(making, { after, to }, targets, cells, write),
    );
    if (file.size > config.UPLOAD_MEGABYTES * 1024 * 1024 && to - after > 1) {
      await dropFile(making, file);
      rows = Math.ceil((to - after) / 2);
      continue;
    }
    after = to;
    part++;
  }
  return others;
}

type Cells = (held: string | null) => [roles: string, permissions: string];

/**
 * What somebody holds, as the two cells say it: roles by name, or by id where a name could be mistaken, in order;
 * permissions by code.
 */
function cellsFor({ roles }: Targets): Cells {
  const wordOf = new Map(roles.map((role) => [role.key, isPlain(role, roles) ? role.name : role.key]));
  return (held) => {
    const keys = held ? held.split(",") : [];
    const words = keys.flatMap((key) => wordOf.get(key) ?? []).sort();
    return [joinList(words), joinList(keys.filter((key) => !wordOf.has(key)).sort())];
  };
}

/** Whether a role is the only one of its level that is called so, and its name survives a list with commas. */
function isPlain({ key, name, level }: Targets["roles"][number], roles: Targets["roles"]): boolean {
  const word = name.toLowerCase();
  const others = roles.filter((role) => role.key !== key && role.level === level);
  return (
    !name.includes(",") &&
    name.trim() === name &&
    !others.some((role) => [role.name, role.key].some((other) => other.toLowerCase() === word))
  );
}

async function writePart({ tx, step }: Making, part: Part, targets: Targets, cells: Cells, write: Write) {
  const book = openWorkbook(write);
  const { account } = targets;
  const taken = new Set<string>();

  await begin(book, "roles");
  for (const { name, key, level } of targets.roles) await book.row([name, key, levelWords[level]]);
  await begin(book, "permissions");
  for (const { name, code, level } of targets.permissions) await book.row([name, code, levelWords[level]]);

  await begin(book, "users");
  for await (const rows of byPosition<Named>(tx, part, sql`m.first_name as first, m.last_name as last, m.email`)) {
    for (const { first, last, email } of rows) await book.row([first, last, email, null]);
    await step(rows.length / 2);
  }
  await begin(book, "account", titleOf(account.name, account.id));
  for await (const rows of byPosition<Held>(tx, part, sql`m.email, ${heldOnAccount} as held`)) {
    for (const { email, held } of rows) await book.row([email, ...cells(held)]);
    await step(rows.length / 2);
  }
  for (const mailbox of targets.mailboxes) {
    await book.sheet("mailbox", sheetNameFor(mailbox.name, taken), titleOf(mailbox.name, mailbox.id));
    for await (const rows of onMailbox(tx, part, mailbox.id)) {
      for (const { email, held } of rows) await book.row([email, ...cells(held)]);
      await step(0);
    }
  }
  await book.close();
}

const begin = (book: WorkbookWriter, kind: Exclude<SheetKind, "mailbox">, title?: string) =>
  book.sheet(kind, sheets[kind].name, title);

interface Named extends Record<string, unknown> {
  first: string;
  last: string;
  email: string;
}

interface Held extends Record<string, unknown> {
  email: string;
  held: string | null;
}

const keysHeld = sql`string_agg(coalesce(g.system_role, g.role_id::text, g.permission), ',')`;

const heldOnAccount = sql`(select ${keysHeld} from grants g
  where g.member_id = m.id and g.mailbox_id is null and g.ended_at is null)`;

/** The people of a part in their order, in batches; the next one is fetched while one is in use. */
async function* byPosition<Row extends Record<string, unknown>>(tx: Tx, { after, to }: Part, columns: SQL) {
  const batch = (from: number) => {
    const rows = tx.execute<Row>(sql`select ${columns} from report_people p join members m on m.id = p.member_id
      where p.position > ${from} and p.position <= ${Math.min(to, from + size)} order by p.position`);
    rows.catch(() => {});
    return rows;
  };
  for (let from = after, coming = batch(from); from < to; from += size) {
    const rows = await coming;
    if (from + size < to) coming = batch(from + size);
    yield rows;
  }
}

/** Who holds something on a mailbox, of the people of a part. */
async function* onMailbox(tx: Tx, { after, to }: Part, mailboxId: string): AsyncGenerator<Held[]> {
  await tx.execute(sql`declare holders no scroll cursor for
    select m.email, ${keysHeld} as held
    from grants g join report_people p on p.member_id = g.member_id join members m on m.id = g.member_id
    where g.mailbox_id = ${mailboxId} and g.ended_at is null and p.position > ${after} and p.position <= ${to}
    group by p.position, m.email order by p.position`);
  for (;;) {
    const rows = await tx.execute<Held>(sql.raw(`fetch ${size} from holders`));
    if (rows.length === 0) break;
    yield rows;
  }
  await tx.execute(sql`close holders`);
}
