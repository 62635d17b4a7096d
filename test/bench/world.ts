import postgres from "postgres";

import { type EmbeddedDatabase, ensureDatabase, startEmbedded } from "../../src/db/embedded.ts";

export const password = "correct horse battery staple";
export const adminEmail = "owner@bench.test";

export interface World {
  embedded: EmbeddedDatabase;
  url: string;
  accountId: string;
  rows: number;
}

const dir = new URL("../../.data/bench", import.meta.url).pathname;

/** An account with `rows` members, each with a role and a mailbox, kept between runs: one database per size. */
export async function benchWorld(rows: number): Promise<World> {
  const embedded = await startEmbedded(dir, ["max_connections=100", "shared_buffers=512MB", "max_wal_size=4GB"]);
  const name = `bench_mixed_${rows}`;
  await ensureDatabase(embedded, name);
  const url = embedded.url(name);
  process.env.DATABASE_URL = url;
  const { migrateDatabase } = await import("../../src/db/migrate.ts");
  await migrateDatabase(url);

  const sql = postgres(url, { max: 1, onnotice: () => {} });
  const [done] = await sql`select id from accounts where name = ${`Bench ${rows}`}`;
  const accountId = done?.id ?? (await seed(sql, rows));
  if (!done) await sql`vacuum analyze`;
  await sql.end();
  return { embedded, url, accountId, rows };
}

/**
 * One statement per table: members spread over three years, 40 domains, every status, 50 mailboxes. What a member is called
 * says nothing about their status, domain or age, as among real people; but every address begins with the same six
 * letters and a number, as where user names are given out in order: the hardest case for an index of trigrams.
 */
export async function seed(sql: postgres.Sql, rows: number): Promise<string> {
  process.stderr.write(`seeding ${rows} members …\n`);
  return sql.begin(async (tx) => {
    const { hashPassword } = await import("../../src/auth/passwords.ts");
    const hash = await hashPassword(password);
    await tx`
      create function pg_temp.mixed(n int, of int, below int) returns int language sql immutable
      return ((hashint4extended(n, of) % below + below) % below)::int`;
    const [account] = await tx`insert into accounts (name, kind) values (${`Bench ${rows}`}, 'company') returning id`;
    const accountId = account!.id as string;
    const [user] = await tx`
      insert into users (email, first_name, last_name, password_hash, email_proven_at)
      values (${adminEmail}, 'Olga', 'Owner', ${hash}, now()) returning id`;
    const [member] = await tx`
      insert into members (account_id, user_id, email, first_name, last_name, status, joined_at)
      values (${accountId}, ${user!.id}, ${adminEmail}, 'Olga', 'Owner', 'active', now()) returning id`;
    await tx`insert into grants (account_id, member_id, system_role, source) values (${accountId}, ${member!.id}, 'owner', 'system')`;
    await tx`
      insert into users (email, first_name, last_name, password_hash, email_proven_at)
      select 'signer' || n || '@bench.test', 'Signer', 'No ' || n, ${hash}, now() from generate_series(1, 200) n`;
    await tx`
      insert into members (account_id, user_id, email, first_name, last_name, status, joined_at, created_at)
      select ${accountId}, id, email, first_name, last_name, 'active', now(), now() - interval '4 years'
      from users where email like 'signer%'`;
    await tx`
      insert into mailboxes (account_id, name, address)
      select ${accountId}, 'Mailbox ' || n, 'box' || n || '.' || ${rows}::text || '@muster.test' from generate_series(1, 50) n`;
    await tx`
      insert into members (account_id, email, first_name, last_name, status, joined_at, created_at, mailbox_access, last_sign_in_at)
      select ${accountId}, 'person' || n || '@domain' || n % 40 || '.test',
        (array['Ada','Mikkel','Priya','Jonas','Lena','Zoë','Tom','Ngozi','Mateo','Yuki'])[1 + pg_temp.mixed(n, 1, 10)],
        (array['Okafor','Brandt','Raman','Weiß','Keller','Lindqvist','Achterberg','Duarte','Silva','Tanaka'])[1 + pg_temp.mixed(n, 2, 10)] || n,
        (array['active','active','active','active','active','active','invited','blocked','waiting','expired'])[1 + pg_temp.mixed(n, 3, 10)],
        now(), now() - make_interval(mins => pg_temp.mixed(n, 4, 1500000)), true,
        case when pg_temp.mixed(n, 5, 3) = 0 then now() - make_interval(mins => pg_temp.mixed(n, 6, 300000)) end
      from generate_series(1, ${rows}::int) n`;
    await tx`
      insert into grants (account_id, member_id, system_role, source)
      select account_id, id, case when pg_temp.mixed(hashtext(email), 7, 9) = 0 then 'admin' else 'viewer' end, 'direct'
      from members where account_id = ${accountId} and user_id is null`;
    await tx`
      insert into grants (account_id, member_id, mailbox_id, system_role, source)
      select m.account_id, m.id, b.id, 'mailbox_reader', 'direct'
      from (select *, row_number() over () as r from members where account_id = ${accountId} and user_id is null) m
      join (select id, row_number() over () - 1 as r from mailboxes where account_id = ${accountId}) b on b.r = m.r % 50`;
    return accountId;
  });
}
