import "./support/outbox.ts";
import { eq, sql } from "drizzle-orm";
import { expect, test, vi } from "vitest";
import { planOf } from "../src/activations/plan.ts";
import { activateDomain } from "../src/activations/start.ts";
import { db } from "../src/db/client.ts";
import { activationRuns } from "../src/db/schema.ts";
import { startWorker, until } from "./support/processes.ts";
import { create } from "./support/world.ts";

vi.setConfig({ testTimeout: 120_000 });

const people = 3_000;

/** A company with personal mailboxes and a verified domain; whoever has an address in it has an account of their own, too. */
async function company() {
  const account = await create.account({ personalMailboxes: true });
  const { user } = await create.colleague(account, ["owner"]);
  const name = "reads.example";
  const domain = await create.domain(account, { name, status: "verified", verifiedAt: new Date() });
  await db.execute(sql`
    with people as (
      insert into users (email, first_name, email_proven_at, password_hash)
      select 'p' || n || '@' || ${name}::text, 'P' || n, now(), ${user.passwordHash} from generate_series(1, ${people}::int) n
      returning id, email
    ), own as (insert into accounts (id, name, kind) select id, email, 'personal' from people)
    insert into members (account_id, user_id, email, status, mailbox_access)
    select id, id, email, 'active', true from people`);
  // As on a platform that people register at, before a company comes: most accounts have one member, nobody a mailbox.
  await db.execute(sql`analyze users, members, grants, mailboxes, accounts`);
  return { domain, actor: { userId: user.id, accountId: account.id, label: user.email } };
}

/** Rows and entries of indexes that were read so far, by table. A process has told of all its own when it has ended. */
async function reads(): Promise<Record<string, number>> {
  const rows = await db.execute<{ name: string; n: number }>(sql`
    select t.relname as name, (t.seq_tup_read + coalesce(sum(i.idx_tup_read), 0))::float as n
    from pg_stat_user_tables t left join pg_stat_user_indexes i using (relid)
    where t.relname in ('members', 'mailboxes', 'grants', 'accounts', 'users') group by t.relname, t.seq_tup_read`);
  return Object.fromEntries(rows.map(({ name, n }) => [name, n]));
}

test("R17 what an activation reads for each person does not grow with those it has taken in before", async () => {
  const { domain, actor } = await company();
  const plan = await planOf(domain);
  const run = await activateDomain(actor as Parameters<typeof activateDomain>[0], domain.id, {
    confirmation: domain.name,
    plan,
  });
  await db.execute(sql`select pg_stat_force_next_flush()`);
  const before = await reads();
  const worker = await startWorker({ PEOPLE_PER_BATCH: "100" });
  const now = async () => (await db.select().from(activationRuns).where(eq(activationRuns.id, run.id)))[0]!;
  await until(async () => (await now()).status === "done", 90_000);
  worker.kill("SIGTERM");
  await worker.exited;

  expect((await now()).result).toMatchObject({ taken: people, mailboxes: people });
  const after = await reads();
  const each = Object.fromEntries(Object.entries(after).map(([name, n]) => [name, (n - before[name]!) / people]));
  // A handful of look-ups of one row each. Where one of them reads all that came before, it is a thousand and more.
  for (const n of Object.values(each)) expect(n).toBeLessThan(100);
});
