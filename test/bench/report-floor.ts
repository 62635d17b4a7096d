import { PassThrough } from "node:stream";
import exceljs from "exceljs";
import type postgres from "postgres";
import { openWorkbook } from "../../src/workbook/writer.ts";

/** What a floor took: milliseconds by the clock and of the processor of this process, and how many bytes came of it. */
export interface Bare {
  took: number;
  used: number;
  bytes: number;
}

async function measured(work: (tell: (bytes: number) => void) => Promise<void>): Promise<Bare> {
  let bytes = 0;
  const [began, before] = [performance.now(), process.cpuUsage()];
  await work((more) => {
    bytes += more;
  });
  const { user, system } = process.cpuUsage(before);
  return { took: performance.now() - began, used: (user + system) / 1000, bytes };
}

/** The columns of the members alone; or with roles, permissions and mailboxes, as the report has them. */
export function bareCopy(sql: postgres.Sql, accountId: string, held: boolean): Promise<Bare> {
  const plain = sql`select m.first_name, m.last_name, m.email, m.status, m.corporate, m.last_sign_in_at, m.created_at
    from members m where m.account_id = '${sql.unsafe(accountId)}' and m.status <> 'removed'
    order by m.created_at desc, m.id desc`;
  const whole = sql`
    select m.first_name, m.last_name, m.email, m.status, m.corporate, g.roles, g.permissions, g.mailboxes,
      m.last_sign_in_at, m.created_at
    from members m left join (
      select g.member_id, string_agg(coalesce(g.system_role, g.role_id::text), '; ') filter (where g.mailbox_id is null) as roles,
        string_agg(g.permission, '; ') filter (where g.mailbox_id is null) as permissions,
        string_agg(distinct b.name, '; ') as mailboxes
      from grants g left join mailboxes b on b.id = g.mailbox_id
      where g.account_id = '${sql.unsafe(accountId)}' and g.ended_at is null group by 1) g on g.member_id = m.id
    where m.account_id = '${sql.unsafe(accountId)}' and m.status <> 'removed' order by m.created_at desc, m.id desc`;
  return measured(async (tell) => {
    const rows = await sql`copy (${held ? whole : plain}) to stdout with (format csv, force_quote *)`.readable();
    for await (const part of rows) tell((part as Buffer).length);
  });
}

const names = ["Ada", "Mikkel", "Priya", "Jonas", "Lena", "Zoë", "Achterberg", "Duarte", "Lindqvist", "Tanaka"];

type Put = (cells: string[]) => unknown;

/** The same cells as in the report of the seeded account: people, what they hold on it, and on one of fifty mailboxes. */
async function cells(people: number, sheet: (name: string) => Promise<Put>): Promise<void> {
  const email = (n: number) => `person${n}@domain${n % 40}.test`;
  const users = await sheet("Users");
  for (let n = 0; n < people; n++) await users([names[n % 10]!, `${names[(n * 7) % 10]}${n}`, email(n), ""]);
  const account = await sheet("Account");
  for (let n = 0; n < people; n++) await account([email(n), "Viewer", ""]);
  for (let box = 0; box < 50; box++) {
    const mailbox = await sheet(`Mailbox ${box}`);
    for (let n = box; n < people; n += 50) await mailbox([email(n), "Mailbox reader", ""]);
  }
}

/** By the writer that the application writes with, to nowhere. */
export const bareWorkbook = (people: number): Promise<Bare> =>
  measured(async (tell) => {
    const book = openWorkbook(async (chunk) => tell(chunk.length));
    await cells(people, async (name) => {
      const kind = name === "Users" ? "users" : name === "Account" ? "account" : "mailbox";
      await book.sheet(kind, name, kind === "users" ? undefined : name);
      return (row) => book.row(row);
    });
    await book.close();
  });

/** By exceljs as it streams, to nowhere. */
export const bareExceljs = (people: number): Promise<Bare> =>
  measured(async (tell) => {
    const stream = new PassThrough();
    stream.on("data", (chunk: Buffer) => tell(chunk.length));
    const book = new exceljs.stream.xlsx.WorkbookWriter({ stream, useStyles: true });
    let last: exceljs.Worksheet | undefined;
    await cells(people, async (name) => {
      last?.commit();
      const sheet = book.addWorksheet(name);
      last = sheet;
      let rows = 0;
      return (row) => {
        sheet.addRow(row).commit();
        // It never waits for its stream, so it is given time to empty it.
        return ++rows % 1000 === 0 ? new Promise(setImmediate) : undefined;
      };
    });
    last?.commit();
    await book.commit();
  });
