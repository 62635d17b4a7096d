import { Readable } from "node:stream";
import exceljs from "exceljs";
import postgres from "postgres";
import { ensureDatabase } from "../../src/db/embedded.ts";
import { type Wanted, workbookOf } from "../support/workbooks.ts";
import { busyTime, type Copy, copyOf } from "./people.ts";
import { seed, type World } from "./world.ts";

export const importDomain = "import.bench.test";

/** An account of so many members, with a domain in which people can be created, in a database of its own. */
export interface Place extends Copy {
  accountId: string;
  ownerId: string;
  mailboxes: { id: string; name: string }[];
}

/** A fresh copy; the seed is kept between runs, one per size, and nobody is ever connected to it. */
export async function freshPlace({ embedded, rows }: World): Promise<Place> {
  const name = `import_${rows}`;
  const isNew = await ensureDatabase(embedded, name);
  await (await import("../../src/db/migrate.ts")).migrateDatabase(embedded.url(name));
  if (isNew) {
    const sql = postgres(embedded.url(name), { max: 1, onnotice: () => {} });
    await sow(sql, rows);
    await sql.end();
  }
  const copy = await copyOf(embedded, name);
  const [domain] = await copy.sql`select account_id, created_by from domains where name = ${importDomain}`;
  const accountId = domain!.account_id as string;
  const mailboxes = await copy.sql<Place["mailboxes"]>`
    select id, name from mailboxes where account_id = ${accountId} order by name limit 5`;
  return { ...copy, accountId, ownerId: domain!.created_by as string, mailboxes };
}

async function sow(sql: postgres.Sql, rows: number) {
  const accountId = await seed(sql, rows);
  await sql`
    insert into domains (account_id, name, shown_name, status, token, dkim_selector, dkim_public_key, dkim_private_key,
      verified_at, activated_at, next_check_at, created_by)
    select ${accountId}, ${importDomain}, ${importDomain}, 'active', 'bench', 'm', '', '', now(), now(),
      now() + interval '1 year', user_id
    from members where account_id = ${accountId} and email = 'owner@bench.test'`;
  await sql`vacuum analyze`;
}

const person = (n: number) => ({ first: "Ada", last: `Okafor${n}`, email: `new${n}@${importDomain}` });
const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);

/** So many new people: a row each on Users and on Account, and one on one of five mailboxes. */
export function workbookFor(place: Place, count: number): Promise<Buffer> {
  const all = numbers(count).map(person);
  const book: Wanted = {
    users: all.map(({ first, last, email }) => [first, last, email, "N"]),
    account: { id: place.accountId, rows: all.map(({ email }) => [email, "Viewer", ""]) },
    mailboxes: place.mailboxes.map(({ id, name }, box) => ({
      id,
      name,
      rows: all.filter((_, n) => n % 5 === box).map(({ email }) => [email, "mailbox_reader", "messages.send"]),
    })),
  };
  return workbookOf(book);
}

/** Milliseconds of the bare steps. */
export interface Floor {
  read: number;
  insert: number;
  queue: number;
  /** Processor time of the three, here and in the database. */
  used: number;
  /** What is written beside the people themselves: places, rights, events, mails. */
  rest: number;
}

const timed = async (work: () => Promise<unknown>) => {
  const began = performance.now();
  await work();
  return performance.now() - began;
};

/** The file by the bare reader of a library, as many users in one statement, as many jobs in one call; and the other rows. */
export async function floorOf(place: Place, file: Buffer, count: number): Promise<Floor> {
  const { sql } = place;
  const all = numbers(count).map(person);
  // A reader that has been up for a while.
  await readAll(file);
  const before = await busy(place);
  const steps = {
    read: await timed(() => readAll(file)),
    insert: await timed(
      () => sql`
        insert into users (email, first_name, last_name, corporate_account_id, corporate_since)
        select email, first_name, last_name, ${place.accountId}, now()
        from unnest(${all.map(({ email }) => email)}::text[], ${all.map(({ first }) => first)}::text[],
          ${all.map(({ last }) => last)}::text[]) p (email, first_name, last_name)`,
    ),
    queue: await timed(
      () => sql`
        select count(*) from graphile_worker.add_jobs((
          select array_agg(row('send_mail', json_build_object('v', 1, 'mailId', u.id), null, now() + interval '1 day', 9,
            null, 10, null)::graphile_worker.job_spec)
          from users u where u.corporate_account_id = ${place.accountId}))`,
    ),
  };
  const used = (await busy(place)) - before;
  return { ...steps, used, rest: await timed(() => sql.begin((tx) => otherRows(tx, place))) };
}

/** Milliseconds of processor, of this process and of the database. */
async function busy(place: Place): Promise<number> {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000 + (await busyTime(place));
}

async function readAll(file: Buffer): Promise<number> {
  let cells = 0;
  const book = new exceljs.stream.xlsx.WorkbookReader(Readable.from([file]), {
    sharedStrings: "cache",
    worksheets: "emit",
    hyperlinks: "ignore",
    styles: "ignore",
    entries: "ignore",
  });
  for await (const sheet of book) for await (const row of sheet) cells += row.cellCount;
  return cells;
}

async function otherRows(tx: postgres.TransactionSql, { accountId, ownerId, mailboxes }: Place) {
  await tx`
    insert into members (account_id, user_id, email, first_name, last_name, corporate, status, mailbox_access)
    select ${accountId}, id, email, first_name, last_name, true, 'waiting', true
    from users where corporate_account_id = ${accountId}`;
  const mine = tx`from members m join users u on u.id = m.user_id
    where m.account_id = ${accountId} and u.corporate_account_id = ${accountId}`;
  await tx`
    insert into grants (account_id, member_id, system_role, source, source_id, granted_by)
    select ${accountId}, m.id, 'viewer', 'import', 'bench', ${ownerId} ${mine}`;
  await tx`
    insert into grants (account_id, member_id, mailbox_id, system_role, permission, source, source_id, granted_by)
    select ${accountId}, m.id, b.id, what.role, what.permission, 'import', 'bench', ${ownerId}
    from (select m.id, row_number() over () % 5 as box ${mine}) m
      join unnest(${mailboxes.map(({ id }) => id)}::uuid[]) with ordinality b (id, place) on b.place - 1 = m.box
      cross join (values ('mailbox_reader', null), (null, 'messages.send')) what (role, permission)`;
  await tx`
    insert into events (account_id, actor_id, actor_label, name, subject_type, subject_id, subject_label, after)
    select ${accountId}::uuid, ${ownerId}::uuid, 'owner@bench.test', 'user.created', 'member', m.id, m.email,
      jsonb_build_object('email', m.email, 'firstName', m.first_name, 'lastName', m.last_name, 'status', 'waiting') ${mine}`;
  await tx`
    insert into mails (kind, account_id, subject_id, data, held)
    select 'first_sign_in', ${accountId}::uuid, u.id, '{"token":"bench"}'::jsonb, true ${mine}`;
}
