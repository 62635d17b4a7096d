import { setTimeout as sleep } from "node:timers/promises";
import { and, eq, isNull, notInArray, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/postgres-js";
import { runMigrations } from "graphile-worker";
import postgres from "postgres";
import { systemRoleKeys, systemRoles } from "../access/permissions.ts";
import { config } from "../config.ts";
import { applyMigrations } from "./apply-migrations.ts";
import { type Database, ssl } from "./client.ts";
import { instanceSettings, systemRolePermissions } from "./schema.ts";

/**
 * The release step: brings the schema, the queue's tables and the record of the system roles up to date.
 * Running it again changes nothing. One release at a time: a second one waits, and asks again and again meanwhile, because
 * an index that is built concurrently waits for every statement that is under way.
 */
export async function migrateDatabase(url = config.DATABASE_URL): Promise<void> {
  const client = postgres(url, {
    max: 1,
    ssl: ssl[config.DATABASE_SSL],
    onnotice: () => {},
    connection: { lock_timeout: 5_000 },
  });
  const db = drizzle(client) as unknown as Database;
  try {
    await takeTurn(client);
    await client`create extension if not exists pg_trgm`;
    await applyMigrations(client);
    await runMigrations({ connectionString: url });
    await db.insert(instanceSettings).values({ id: 1 }).onConflictDoNothing();
    await recordSystemRoles(db);
    await tellMailServer(client);
  } finally {
    await client.end({ timeout: 5 });
  }
}

async function takeTurn(client: postgres.Sql): Promise<void> {
  for (;;) {
    const [turn] = await client`select pg_try_advisory_lock(hashtext('muster release')) as mine`;
    if (turn?.mine) return;
    await sleep(200);
  }
}

/** The views that the mail server reads (docs/mail-server.md) know the database only, not our environment. */
async function tellMailServer(client: postgres.Sql): Promise<void> {
  await client`
    insert into mail_server.settings (mail_domain) values (${config.MAIL_DOMAIN})
    on conflict (id) do update set mail_domain = excluded.mail_domain
    where settings.mail_domain <> excluded.mail_domain`;
}

/**
 * Ends what a system role no longer holds and starts what it holds now, so that past dates stay answerable. Where that
 * changed something, who can open a mailbox is looked at again.
 */
async function recordSystemRoles(db: Database) {
  await db.transaction(async (tx) => {
    let changes = 0;
    for (const systemRole of systemRoleKeys) {
      const held = [...systemRoles[systemRole].permissions];
      const current = and(eq(systemRolePermissions.systemRole, systemRole), isNull(systemRolePermissions.endedAt));
      const ended = await tx
        .update(systemRolePermissions)
        .set({ endedAt: sql`now()` })
        .where(and(current, notInArray(systemRolePermissions.permission, held)))
        .returning({ id: systemRolePermissions.id });
      const started = await tx
        .insert(systemRolePermissions)
        .values(held.map((permission) => ({ systemRole, permission })))
        .onConflictDoNothing()
        .returning({ id: systemRolePermissions.id });
      changes += ended.length + started.length;
    }
    if (changes > 0) await tx.execute(sql`select note_mailbox_access(array(select id from members))`);
  });
}
