import { readFileSync } from "node:fs";
import postgres from "postgres";
import { type EmbeddedDatabase, ensureDatabase } from "../../src/db/embedded.ts";

export const domainName = "everyone.bench.test";

/** A database in which so many people with an address in one domain registered, each with an account of their own. */
export interface People {
  url: string;
  sql: postgres.Sql;
  accountId: string;
  domainId: string;
  ownerId: string;
  drop(): Promise<void>;
}

/** A fresh copy of the seeded database; the seed is kept between runs, one per size. */
export async function freshPeople(embedded: EmbeddedDatabase, count: number): Promise<People> {
  const seed = `people_${count}`;
  const isNew = await ensureDatabase(embedded, seed);
  await (await import("../../src/db/migrate.ts")).migrateDatabase(embedded.url(seed));
  if (isNew) await sow(embedded.url(seed), count);
  const copy = await copyOf(embedded, seed);
  const [domain] = await copy.sql`select id, account_id, created_by from domains where name = ${domainName}`;
  return {
    ...copy,
    accountId: domain!.account_id as string,
    domainId: domain!.id as string,
    ownerId: domain!.created_by as string,
  };
}

/** A copy of a database that nobody is connected to, to be spoilt. */
export type Copy = Pick<People, "url" | "sql" | "drop">;

export async function copyOf(embedded: EmbeddedDatabase, seed: string): Promise<Copy> {
  const name = `${seed}_${crypto.randomUUID().slice(0, 8)}`;
  const admin = postgres(embedded.adminUrl, { max: 1, onnotice: () => {} });
  await admin.unsafe(`create database "${name}" owner muster template "${seed}"`);
  await admin`checkpoint`;
  const url = embedded.url(name);
  const sql = postgres(url, { max: 2, onnotice: () => {} });
  return {
    url,
    sql,
    drop: async () => {
      await sql.end();
      await admin.unsafe(`drop database "${name}" with (force)`);
      await admin.end();
    },
  };
}

/** Milliseconds that the server's processes for this database were busy, but for those named here. */
export async function busyTime({ sql }: Pick<People, "sql">, except: number[] = []): Promise<number> {
  const rows = await sql<{ pid: number }[]>`
    select pid from pg_stat_activity where datname = current_database() and backend_type = 'client backend'`;
  return rows
    .filter(({ pid }) => !except.includes(pid))
    .map(({ pid }) => readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" "))
    .reduce((sum, fields) => sum + (Number(fields[11]) + Number(fields[12])) * 10, 0);
}

async function sow(url: string, count: number): Promise<void> {
  process.stderr.write(`seeding ${count} people …\n`);
  const { hashPassword } = await import("../../src/auth/passwords.ts");
  const { adminEmail, password } = await import("./world.ts");
  const hash = await hashPassword(password);
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  const [account] = await sql`insert into accounts (name, kind) values ('Everyone', 'company') returning id`;
  const accountId = account!.id as string;
  const [owner] = await sql`
    insert into users (email, first_name, last_name, password_hash, email_proven_at)
    values (${adminEmail}, 'Olga', 'Owner', ${hash}, now()) returning id`;
  const [member] = await sql`
    insert into members (account_id, user_id, email, status, joined_at, mailbox_access)
    values (${accountId}, ${owner!.id}, ${adminEmail}, 'active', now(), true) returning id`;
  await sql`insert into grants (account_id, member_id, system_role, source) values (${accountId}, ${member!.id}, 'owner', 'system')`;
  await sql`
    insert into domains (account_id, name, shown_name, status, token, dkim_selector, dkim_public_key, dkim_private_key,
      verified_at, created_by, next_check_at)
    values (${accountId}, ${domainName}, ${domainName}, 'verified', 'bench', 'm', '', '', now(), ${owner!.id}, now() + interval '1 year')`;
  for (let from = 1; from <= count; from += 50_000) {
    const to = Math.min(count, from + 49_999);
    await sql`
      with people as (
        insert into users (email, first_name, last_name, password_hash, email_proven_at)
        select 'person' || n || '@' || ${domainName}::text,
          (array['Ada','Mikkel','Priya','Jonas','Lena','Zoë','Tom','Ngozi','Mateo','Yuki'])[1 + n % 10],
          (array['Okafor','Brandt','Raman','Weiß','Keller','Lindqvist','Achterberg','Duarte','Silva','Tanaka'])[1 + (n / 10) % 10] || n,
          ${hash}, case when n % 1000 > 0 then now() end
        from generate_series(${from}::int, ${to}::int) n returning id, email, first_name, last_name
      ), own as (insert into accounts (id, name, kind) select id, email, 'personal' from people)
      insert into members (account_id, user_id, email, first_name, last_name, status, joined_at, mailbox_access)
      select id, id, email, first_name, last_name, 'active', now(), true from people`;
  }
  // Nobody waits for the trigger's second look: what it would note is noted already.
  await sql`alter table grants disable trigger user`;
  await sql`
    insert into grants (account_id, member_id, system_role, source)
    select account_id, id, 'owner', 'registration' from members where account_id = user_id`;
  await sql`alter table grants enable trigger user`;
  await sql`vacuum analyze`;
  await sql.end();
}
