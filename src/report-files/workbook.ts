import { type SQL, sql } from "drizzle-orm";
import { grantCounts } from "../access/counts.ts";
import { config } from "../config.ts";
import { rightsCells, roleWords, writeCatalogue } from "../workbook/catalogue.ts";
import { type SheetKind, sheetNameFor, sheets, titleOf } from "../workbook/sheets.ts";
import { type Targets, targetsOf } from "../workbook/targets.ts";
import { openWorkbook, type WorkbookWriter } from "../workbook/writer.ts";
import { fetched } from "./fetched.ts";
import { dropFile, keepFile, type Making, type Write } from "./keep-file.ts";
import { peopleOf } from "./people.ts";

/** Made before the snapshot begins, on its connection: who is in the workbook, and in which order. */
export const peopleTable = `create temporary table report_people
  (position integer, member_id uuid, email text, first_name text, last_name text)`;

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
  // Without a look the server takes the table for a small one, and finds what each holds one by one; a short look will do.
  await tx.execute(sql`set local default_statistics_target = 10`);
  await tx.execute(sql`analyze report_people (position, member_id)`);
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

type Cells = (held: string | null | undefined) => [roles: string, permissions: string];

function cellsFor(targets: Targets): Cells {
  const words = roleWords(targets);
  return (held) => rightsCells(held ? held.split(",") : [], words);
}

async function writePart({ tx, step }: Making, part: Part, targets: Targets, cells: Cells, write: Write) {
  const book = openWorkbook(write);
  const { account } = targets;

  await writeCatalogue(book, targets);
  await begin(book, "users");
  for await (const rows of fetched(tx, usersOf(part))) {
    for (const row of rows) {
      const full = book.row(row);
      if (full) await full;
    }
    await step(rows.length / 2);
  }
  await begin(book, "account", titleOf(account.name, account.id));
  for await (const rows of fetched(tx, accountOf(account.id, part))) {
    for (const [email, held] of rows) {
      const full = book.row([email, ...cells(held)]);
      if (full) await full;
    }
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
  { account, mailboxes }: Targets,
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
  for await (const rows of fetched(tx, mailboxesOf(account.id, part, ids))) {
    for (const [place, email, held] of rows) {
      if (Number(place) > begun) await upTo(Number(place));
      const full = book.row([email, ...cells(held)]);
      if (full) await full;
    }
    await step(0);
  }
  await upTo(mailboxes.length);
}

const within = ({ after, to }: Part) => sql`p.position > ${after} and p.position <= ${to}`;
const keysHeld = sql`string_agg(coalesce(g.system_role, g.role_id::text, g.permission), ',')`;
const givenIn = (accountId: string) => sql`g.account_id = ${accountId} and ${grantCounts()}`;

const usersOf = (part: Part): SQL => sql`
  select row(p.first_name, p.last_name, p.email)::text, p.position - ${part.after} from report_people p where ${within(part)}`;

const accountOf = (accountId: string, part: Part): SQL => sql`
  select row(p.email, ${keysHeld})::text, p.position - ${part.after} from report_people p
  left join grants g on g.member_id = p.member_id and g.mailbox_id is null and ${givenIn(accountId)}
  where ${within(part)} group by p.position, p.email`;

const mailboxesOf = (accountId: string, part: Part, ids: string[]): SQL => sql`
  select row(b.place, p.email, ${keysHeld})::text, row_number() over (order by b.place, p.position)
  from unnest(${sql.param(ids)}::uuid[]) with ordinality b (id, place)
  join grants g on g.mailbox_id = b.id and ${givenIn(accountId)}
  join report_people p on p.member_id = g.member_id
  where ${within(part)} group by b.place, p.position, p.email`;
