import postgres from "postgres";
import type { Bench, Case } from "./cases.ts";
import { cursorAt } from "./deep.ts";
import { ms, report, sample } from "./measure.ts";
import { busyTime } from "./people.ts";

/**
 * Ten million rows in minutes: without looking up what each refers to, and with the indexes made afterwards. `fill` must be
 * right by itself.
 */
async function inBulk(sql: postgres.Sql, table: string, fill: (tx: postgres.Sql) => Promise<void>) {
  const indexes = await sql<{ name: string; made: string }[]>`
    select c.relname as name, pg_get_indexdef(i.indexrelid) as made from pg_index i join pg_class c on c.oid = i.indexrelid
    where i.indrelid = ${table}::regclass and not exists (select from pg_constraint where conindid = i.indexrelid)`;
  await sql.begin(async (tx) => {
    await tx`set local session_replication_role = replica`;
    await tx`set local maintenance_work_mem = '512MB'`;
    for (const { name } of indexes) await tx`drop index ${tx(name)}`;
    await fill(tx as unknown as postgres.Sql);
    for (const { made } of indexes) await tx.unsafe(made);
  });
}

/** Fills everybody's hands: ten grants each, some of them ended, on the account and on mailboxes. Kept with the world. */
async function moreGrants({ world }: Pick<Bench, "world">) {
  // Only a superuser may leave out the looking up.
  const own = new URL(world.embedded.adminUrl);
  own.pathname = new URL(world.url).pathname;
  const sql = postgres(own.href, { max: 1, onnotice: () => {} });
  const [done] = await sql`select 1 from roles where account_id = ${world.accountId} and name = 'Bench desk'`;
  if (!done) {
    process.stderr.write("giving everybody ten grants …\n");
    await inBulk(sql, "grants", async (tx) => {
      const [account] =
        await tx`insert into roles (account_id, level, name) values (${world.accountId}, 'account', 'Bench desk') returning id`;
      const [mailbox] =
        await tx`insert into roles (account_id, level, name) values (${world.accountId}, 'mailbox', 'Bench box') returning id`;
      await tx`insert into role_permissions (account_id, role_id, permission)
        values (${world.accountId}, ${account!.id}, 'users.view'), (${world.accountId}, ${account!.id}, 'messages.send'), (${world.accountId}, ${mailbox!.id}, 'messages.read')`;
      await tx`update grants set granted_at = now() - interval '1 year' where account_id = ${world.accountId}`;
      await tx`update members set joined_at = created_at where account_id = ${world.accountId} and status = 'active'`;
      await tx`insert into grants (account_id, member_id, role_id, source, granted_at)
        select account_id, id, ${account!.id}, 'import', now() - interval '1 year' from members where account_id = ${world.accountId}`;
      await tx`insert into grants (account_id, member_id, permission, source, granted_at, ended_at)
        select m.account_id, m.id, p.key, 'direct', now() - interval '90 days',
          case when p.key = 'users.view' then now() - interval '30 days' end
        from members m cross join (values ('domains.view'), ('mailboxes.view'), ('users.view')) p (key) where m.account_id = ${world.accountId}`;
      await tx`insert into grants (account_id, member_id, mailbox_id, role_id, source)
        select m.account_id, m.id, b.id, ${mailbox!.id}, 'direct'
        from (select *, row_number() over () as r from members where account_id = ${world.accountId}) m
        join (select id, row_number() over () - 1 as r from mailboxes where account_id = ${world.accountId}) b on b.r in (m.r % 50, (m.r + 7) % 50, (m.r + 19) % 50)`;
      await tx`insert into grants (account_id, member_id, permission, source) select account_id, id, 'reports.create', 'direct' from members where account_id = ${world.accountId} order by id limit 400`;
    });
    await sql`vacuum analyze grants`;
  }
  const [box] = await sql`select id from mailboxes where account_id = ${world.accountId} order by name limit 1`;
  const [member] =
    await sql`select id from members where account_id = ${world.accountId} and status = 'active' order by id offset 50 limit 1`;
  await sql.end();
  return { box: box!.id as string, member: member!.id as string };
}

/** Why and who can (X3), each against pages of the users list that nobody has looked at: now and on a past date. */
export const whyCase: Case = async (bench) => {
  const { box, member } = await moreGrants(bench);
  const { muster, cookie, world } = bench;
  const sql = postgres(world.url, { max: 1, onnotice: () => {} });
  const [{ pid }] = (await sql`select pg_backend_pid() as pid`) as unknown as [{ pid: number }];
  const get = async (path: string) => {
    const answer = await fetch(muster.url + path, { headers: { cookie, "X-Forwarded-Proto": "https" } });
    const text = await answer.text();
    if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}`);
    return text;
  };
  const busy = async () => ({ web: muster.processorTime(), database: await busyTime({ sql }, [pid]) });
  // Processor time of the web process and the database: it says the same on a machine that others use, too.
  const time = async (pathOf: (n: number) => string) => {
    await sample(20, (n) => get(pathOf(n)));
    const before = await busy();
    await sample(pages, (n) => get(pathOf(20 + n)));
    const after = await busy();
    const [web, database] = [(after.web - before.web) / pages, (after.database - before.database) / pages];
    return { web, database, all: web + database };
  };
  const cursors: string[] = [];
  for (let n = 0; n < pages + 20; n++) cursors.push((await cursorAt(world, 100 + n * 50)).query);
  const list = await time((n) => `/admin/users?${cursors[n]}`);
  const words = (each: typeof list) => `${ms(each.all)} (${ms(each.database)})`;
  const past = new Date(Date.now() - 60 * 86_400_000).toISOString();
  const before = new Date(Date.now() - 400 * 86_400_000).toISOString();
  for (const [what, path] of [
    ["why, on the account", `/admin/users/${member}/why?permission=users.view`],
    ["why, on a mailbox", `/admin/users/${member}/why?permission=messages.read&mailbox=${box}`],
    ["why, 60 days ago", `/admin/users/${member}/why?permission=users.view&at=${past}`],
    ["who can, nearly everybody", "/admin/access?permission=users.view"],
    ["who can, 400 people", "/admin/access?permission=reports.create"],
    ["who can, one mailbox", `/admin/access?permission=messages.read&mailbox=${box}`],
    ["who could, 60 days ago", `/admin/access?permission=users.view&at=${past}`],
    ["who could, before anybody", `/admin/access?permission=users.view&at=${before}`],
    ["who can, a name", "/admin/access?permission=users.view&q=person1234"],
  ] as const) {
    const own = await time(() => path);
    report(
      `${what}, against the users list`,
      words(own),
      words(list),
      own.all / list.all,
      "≤ 3",
      own.all / list.all <= 3,
    );
  }
  await sql.end();
};

const pages = 60;
