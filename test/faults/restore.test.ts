import { spawnSync } from "node:child_process";
import { pipeline } from "node:stream/promises";
import postgres from "postgres";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { ensureDatabase } from "../../src/db/embedded.ts";
import { demoPassword } from "../../src/db/seed-people.ts";
import { Inbox } from "../../src/dev/inbox.ts";
import { ownCluster } from "../support/cluster.ts";
import { startWeb, startWorker, until } from "../support/processes.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let own: Awaited<ReturnType<typeof ownCluster>>;
let inbox: Inbox;
beforeAll(async () => {
  own = await ownCluster();
  inbox = await new Inbox().listen();
});
afterAll(async () => {
  await inbox?.close();
  await own?.end();
});

const adminOf = (database: string) =>
  postgres(own.cluster.adminUrl.replace(/postgres$/, database), { max: 1, onnotice: () => {} });

/** Every table of ours and of the queue, with the columns that hold data: what the database computes is not copied. */
async function tablesOf(sql: postgres.Sql) {
  return (await sql`
    select format('%I.%I', t.table_schema, t.table_name) as name, string_agg(format('%I', c.column_name), ', ' order by
      c.ordinal_position) as columns
    from information_schema.tables t join information_schema.columns c using (table_schema, table_name)
    where t.table_type = 'BASE TABLE' and t.table_schema in ('public', 'drizzle', 'graphile_worker') and c.is_generated = 'NEVER'
    group by 1 order by 1`) as unknown as { name: string; columns: string }[];
}

const contentsOf = async (sql: postgres.Sql, tables: { name: string; columns: string }[]) =>
  Object.fromEntries(
    await Promise.all(
      tables.map(async ({ name, columns }) => {
        const [row] = await sql.unsafe(
          `select count(*)::int as rows, md5(coalesce(string_agg(r::text, '|' order by r::text), '')) as hash
           from (select ${columns} from ${name}) r`,
        );
        return [name, `${row!.rows} ${row!.hash}`];
      }),
    ),
  );

/** As `pg_dump` and `pg_restore --data-only` do: the rows of each table by COPY, triggers at rest, sequences set after. */
async function copyInto(target: postgres.Sql, source: postgres.Sql) {
  const tables = await tablesOf(source);
  await target`set session_replication_role = replica`;
  for (const { name } of tables) await target.unsafe(`delete from ${name}`);
  for (const { name, columns } of tables) {
    await pipeline(
      await source.unsafe(`copy (select ${columns} from ${name}) to stdout`).readable(),
      await target.unsafe(`copy ${name} (${columns}) from stdin`).writable(),
    );
  }
  for (const { name, last } of await source`
    select format('%I.%I', schemaname, sequencename) as name, last_value::text as last from pg_sequences
    where last_value is not null`)
    await target`select setval(${name}::regclass, ${last}::bigint)`;
  await target`set session_replication_role = origin`;
  return tables;
}

/** A mail to Olivia that was ordered so long ago, with its job still in the queue. */
async function orderedAgo(sql: postgres.Sql, ago: string): Promise<string> {
  const [mail] = await sql`
    insert into mails (kind, subject_id, created_at)
    select 'password_changed', id, now() - ${ago}::interval from users where email = 'olivia@northwind.test' returning id`;
  await sql`
    select graphile_worker.add_job('send_mail', json_build_object('v', 1, 'mailId', ${mail!.id}::text),
      run_at := now() - ${ago}::interval)`;
  return mail!.id;
}

test("R25 a backup goes into an empty database that is migrated, boots and signs people in; old events mail nobody", async () => {
  const source = adminOf("muster");
  const [old, young] = [await orderedAgo(source, "25 hours"), await orderedAgo(source, "1 hour")];

  await ensureDatabase(own.cluster, "restored");
  const env = { DATABASE_URL: own.cluster.url("restored"), SMTP_URL: `smtp://127.0.0.1:${inbox.port}` };
  const release = () =>
    spawnSync(process.execPath, ["bin/migrate.ts"], { env: { ...process.env, ...env }, encoding: "utf8" });
  expect(release()).toMatchObject({ status: 0 });
  const restored = adminOf("restored");
  const tables = await copyInto(restored, source);
  expect(tables.length).toBeGreaterThan(20);
  expect(await contentsOf(restored, tables)).toEqual(await contentsOf(source, tables));
  expect(release()).toMatchObject({ status: 0 });

  const web = await startWeb(env);
  const cookie = await web.signIn("olivia@northwind.test", demoPassword);
  const page = await web.fetch("/admin/users", { cookie });
  expect(page.status).toBe(200);
  expect(page.text).toContain("Northwind");
  // What is written after the restore finds its place behind what was there.
  const invited = await web.fetch("/admin/users/add", {
    method: "POST",
    cookie,
    body: new URLSearchParams({
      email: "after@restore.test",
      _account: page.text.match(/name="_account" value="([^"]+)"/)![1]!,
    }),
  });
  expect(invited.status).toBe(303);

  const worker = await startWorker(env);
  const stateOf = async (id: string) =>
    (await restored`select status, reply from mails where id = ${id}`)[0] as { status: string; reply: string };
  await until(
    async () => (await stateOf(young)).status === "sent" && inbox.mails.some(({ to }) => to === "after@restore.test"),
    30_000,
    () => worker.log.join("\n"),
  );
  expect(await stateOf(old)).toMatchObject({ status: "failed", reply: "too old to be sent" });
  expect(inbox.mails.filter(({ messageId }) => messageId.includes(old))).toEqual([]);
  expect(inbox.mails.filter(({ messageId }) => messageId.includes(young))).toHaveLength(1);

  web.kill("SIGTERM");
  worker.kill("SIGTERM");
  expect(await Promise.all([web.exited, worker.exited])).toEqual([0, 0]);
  await Promise.all([source.end(), restored.end()]);
});
