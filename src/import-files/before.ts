import { sql } from "drizzle-orm";
import { db, run as query } from "../db/client.ts";
import { rightsCells, roleWords, writeCatalogue } from "../workbook/catalogue.ts";
import { sheetNameFor, sheets, titleOf } from "../workbook/sheets.ts";
import { targetsOf } from "../workbook/targets.ts";
import { openWorkbook, type WorkbookWriter } from "../workbook/writer.ts";
import type { Import } from "./outcomes.ts";

const together = 2_000;

/**
 * Writes what was there before, of every row that the import changes (X5): the earlier names, and the earlier roles and
 * permissions. Uploading it undoes the changes. Says how many rows it holds; whoever was created is not among them, for an
 * import never removes anybody.
 */
export async function writeBefore(run: Import, write: (chunk: Uint8Array) => Promise<void>): Promise<number> {
  const book = openWorkbook(write);
  const mailboxes = await changedMailboxes(run);
  const targets = await targetsOf(db, run.accountId, { mailboxIds: [], personal: false });
  const words = roleWords(targets);
  await writeCatalogue(book, targets);
  await book.sheet("users", sheets.users.name);
  let rows = await writeNames(book, run);

  const rights = async (mailboxId: string | null) => {
    for await (const { email, before } of changedRights(run, mailboxId)) {
      await book.row([email, ...rightsCells(before, words)]);
      rows += 1;
    }
  };
  const { account } = targets;
  await book.sheet("account", sheets.account.name, titleOf(account.name, account.id));
  await rights(null);
  const taken = new Set<string>();
  for (const { id, name } of mailboxes) {
    await book.sheet("mailbox", sheetNameFor(name, taken), titleOf(name, id));
    await rights(id);
  }
  await book.close();
  return rows;
}

/** Whose changes are made, or, before it ran, are to be made. */
const changes = ({ status }: Import) =>
  status === "done" ? sql`p.action = 'update' and p.result = 'updated'` : sql`p.action = 'update'`;

async function writeNames(book: WorkbookWriter, run: Import): Promise<number> {
  let rows = 0;
  for (let after = 0; ; ) {
    const found = await query<{ position: number; email: string; names: { firstName: string; lastName: string } }>(sql`
      select p.position, p.email, p.names_before as names from import_people p
      where p.import_id = ${run.id} and p.position > ${after} and p.names_before is not null and ${changes(run)}
      order by p.position limit ${together}`);
    for (const { email, names } of found) await book.row([names.firstName, names.lastName, email, null]);
    rows += found.length;
    if (found.length < together) return rows;
    after = found.at(-1)!.position;
  }
}

const changedMailboxes = (run: Import) =>
  query<{ id: string; name: string }>(sql`
    select b.id, b.name from mailboxes b
    where b.account_id = ${run.accountId} and b.id in (
      select r.mailbox_id from import_rights r
      join import_people p on p.import_id = r.import_id and p.position = r.position
      where r.import_id = ${run.id} and r.changed and r.before is not null and ${changes(run)})
    order by b.name, b.id`);

async function* changedRights(run: Import, mailboxId: string | null) {
  for (let after = 0; ; ) {
    const found = await query<{ position: number; email: string; before: string[] }>(sql`
      select r.position, p.email, r.before from import_rights r
      join import_people p on p.import_id = r.import_id and p.position = r.position
      where r.import_id = ${run.id} and r.position > ${after} and r.changed and r.before is not null
        and r.mailbox_id is not distinct from ${mailboxId}::uuid and ${changes(run)}
      order by r.position limit ${together}`);
    yield* found;
    if (found.length < together) return;
    after = found.at(-1)!.position;
  }
}
