import { type SQL, sql } from "drizzle-orm";
import { config } from "../config.ts";
import type { Tx } from "../db/client.ts";
import { rightsCells, roleWords, writeCatalogue } from "../workbook/catalogue.ts";
import { type SheetKind, sheetNameFor, sheets, titleOf } from "../workbook/sheets.ts";
import { type Targets, targetsOf } from "../workbook/targets.ts";
import { openWorkbook, type WorkbookWriter } from "../workbook/writer.ts";
import { dropFile, keepFile, type Making, type Write } from "./keep-file.ts";
import { peopleOf } from "./people.ts";

/** Made before the snapshot begins, on its connection: who is in the workbook, and in which order. */
export const peopleTable = `create temporary table report_people
  (position integer primary key, member_id uuid, email text, first_name text, last_name text)`;

const size = 500;
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
    with placed as (insert into report_people (position, member_id, email, first_name, last_name)
      select row_number() over (order by ${order}), m.id, m.email, m.first_name, m.last_name
      from members m where ${where} and ${living} returning 1)
    select (select count(*)::int from placed) as n,
      (select count(*)::int from members m where ${where} and not ${living}) as others`);
  const { n: people, others } = found[0]!;
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

function cellsFor(targets: Targets): Cells {
  const words = roleWords(targets);
  return (held) => rightsCells(held ? held.split(",") : [], words);
}

async function writePart({ tx, step }: Making, part: Part, targets: Targets, cells: Cells, write: Write) {
  const book = openWorkbook(write);
  const { account } = targets;

  await writeCatalogue(book, targets);
  await begin(book, "users");
  for await (const rows of fetched<Named>(tx, usersOf(part))) {
    for (const { first, last, email } of rows) await book.row([first, last, email, null]);
    await step(rows.length / 2);
  }
  await begin(book, "account", titleOf(account.name, account.id));
  for await (const rows of fetched<Held>(tx, accountOf(part))) {
    for (const { email, held } of rows) await book.row([email, ...cells(held)]);
    await step(rows.length / 2);
  }
  await writeMailboxes(book, { tx, step, cells }, targets, part);
  await book.close();
}

const begin = (book: WorkbookWriter, kind: Exclude<SheetKind, "mailbox">, title?: string) =>
  book.sheet(kind, sheets[kind].name, title);

/** A sheet for each mailbox, with those who hold something there; they all come from one statement. */
async function writeMailboxes(
  book: WorkbookWriter,
  { tx, step, cells }: Pick<Making, "tx" | "step"> & { cells: Cells },
  { mailboxes }: Targets,
  part: Part,
) {
  const taken = new Set<string>();
  let begun = 0;
  const upTo = async (number: number) => {
    for (const { name, id } of mailboxes.slice(begun, number))
      await book.sheet("mailbox", sheetNameFor(name, taken), titleOf(name, id));
    begun = Math.max(begun, number);
  };
  const ids = mailboxes.map(({ id }) => id);
  for await (const rows of fetched<Held & { place: number }>(tx, mailboxesOf(part, ids))) {
    for (const { place, email, held } of rows) {
      if (place > begun) await upTo(place);
      await book.row([email, ...cells(held)]);
    }
    await step(0);
  }
  await upTo(mailboxes.length);
}

interface Named extends Record<string, unknown> {
  first: string;
  last: string;
  email: string;
}

interface Held extends Record<string, unknown> {
  email: string;
  held: string | null;
}

const within = ({ after, to }: Part) => sql`p.position > ${after} and p.position <= ${to}`;
const keysHeld = sql`string_agg(coalesce(g.system_role, g.role_id::text, g.permission), ',') as held`;

const usersOf = (part: Part): SQL => sql`
  select p.first_name as first, p.last_name as last, p.email from report_people p where ${within(part)} order by p.position`;

const accountOf = (part: Part): SQL => sql`
  select p.email, ${keysHeld} from report_people p
  left join grants g on g.member_id = p.member_id and g.mailbox_id is null and g.ended_at is null
  where ${within(part)} group by p.position, p.email order by p.position`;

const mailboxesOf = (part: Part, ids: string[]): SQL => sql`
  select b.place::int as place, p.email, ${keysHeld}
  from unnest(${sql.param(ids)}::uuid[]) with ordinality b (id, place)
  join grants g on g.mailbox_id = b.id and g.ended_at is null
  join report_people p on p.member_id = g.member_id
  where ${within(part)} group by b.place, p.position, p.email order by b.place, p.position`;

/** All rows of a statement, in batches; the next one is fetched while one is in use. */
async function* fetched<Row extends Record<string, unknown>>(tx: Tx, statement: SQL): AsyncGenerator<Row[]> {
  await tx.execute(sql`declare sheet no scroll cursor for ${statement}`);
  // A promise of its own: Drizzle's would send the statement each time that somebody waits for it.
  const fetch = async () => (await tx.execute(sql.raw(`fetch ${size} from sheet`))) as unknown as Row[];
  const next = () => {
    const rows = fetch();
    // Whoever stops in between never waits for it.
    rows.catch(() => {});
    return rows;
  };
  for (let coming = next(); ; ) {
    const rows = await coming;
    if (rows.length === 0) break;
    coming = next();
    yield rows;
  }
  await tx.execute(sql`close sheet`);
}
