import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { seal, unseal } from "../src/access/vault.ts";
import { config } from "../src/config.ts";
import { db } from "../src/db/client.ts";
import { authorizations, connectors, domains, imapSources, totpSecrets, webhooks } from "../src/db/schema.ts";
import { rotateKeys, sealedColumns } from "../src/key-rotation/rotate.ts";
import { create } from "./support/world.ts";

const old = config.ENCRYPTION_KEYS[0]!;
const next = { id: "next", key: randomBytes(32) };
const keys = (...list: (typeof old)[]) => list.map(({ id, key }) => `${id}:${key.toString("base64")}`).join(",");
const run = (given: string) =>
  spawnSync(process.execPath, ["bin/rotate-keys.ts"], {
    encoding: "utf8",
    env: { ...process.env, ENCRYPTION_KEYS: given },
  });

/** One row with every sealed column there is. */
async function world() {
  const account = await create.account();
  const user = await create.user();
  const { id: accountId } = account;
  await create.domain(account, { dkimPrivateKey: seal("dkim") });
  const mailbox = await create.mailbox(account, { kind: "imap" });
  const way = { host: "a.test", port: 993, security: "tls", username: "a" } as const;
  const tokens = { password: seal("password"), refreshToken: seal("refresh"), accessToken: seal("access") };
  await db.insert(imapSources).values({ accountId, mailboxId: mailbox.id, ...way, ...tokens });
  const urls = { authorizeUrl: "https://a.test", tokenUrl: "https://a.test", imapHost: "a.test" };
  const connector = { accountId, kind: "generic", name: "A", clientId: "a", clientSecret: seal("client") } as const;
  const [made] = await db
    .insert(connectors)
    .values({ ...connector, ...urls })
    .returning();
  await db.insert(authorizations).values({
    ...{ accountId, connectorId: made!.id, userId: user.id, stateHash: "s", verifier: seal("verifier") },
    ...{ wanted: { name: "A", address: "a@a.test" }, expiresAt: new Date() },
  });
  await db.insert(webhooks).values({ accountId, url: "https://a.test", secret: seal("new"), oldSecret: seal("old") });
  await db.insert(totpSecrets).values({ userId: user.id, secret: seal("app") });
}

const stored = async () =>
  Promise.all(
    sealedColumns.map(async ([table, , column]) => {
      const rows = await db.execute<{ value: string }>(
        sql`select ${sql.identifier(column)} as value from ${sql.identifier(table)} where ${sql.identifier(column)} is not null`,
      );
      return rows.map(({ value }) => value);
    }),
  ).then((lists) => lists.flat());

test("M13 rotating keys seals every secret anew, twice does nothing more, and then the old key may go", async () => {
  await world();
  const texts = async () => (await stored()).map(unseal).sort();
  const before = await texts();
  expect(before).toEqual(["access", "app", "client", "dkim", "new", "old", "password", "refresh", "verifier"]);

  const first = run(keys(next, old));
  expect(first.stderr).toBe("");
  expect(first.stdout).toContain("Every secret is sealed with “next”. These keys are not needed any more: development");
  const values = await stored();
  expect(values.every((value) => value.startsWith("next:"))).toBe(true);
  // Nothing anywhere in the database is sealed with the old key any more: no column was forgotten.
  const tables = await db.execute<{ name: string }>(
    sql`select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`,
  );
  for (const { name } of tables) {
    const [found] = await db.execute<{ count: number }>(
      sql`select count(*)::int from ${sql.identifier(name)} r where r::text like ${`%${old.id}:%`}`,
    );
    expect([name, found!.count]).toEqual([name, 0]);
  }
  expect(run(keys(next)).status).toBe(0);
  expect(await stored()).toEqual(values);
  config.ENCRYPTION_KEYS = [next];
  expect(await texts()).toEqual(before);
});

test("M13 a secret whose key is gone is named, left as it is, and holds up no other", async () => {
  config.ENCRYPTION_KEYS = [old];
  const account = await create.account();
  const lost = await create.domain(account, { dkimPrivateKey: "lost:bm90aGluZw==" });
  config.ENCRYPTION_KEYS = [next, old];
  await db.update(webhooks).set({ secret: seal("still here") });
  config.ENCRYPTION_KEYS = [old, next];
  const done = await rotateKeys();
  const of = (column: string) => done.find((each) => each.column === column);
  expect(of("domains.dkim_private_key")).toMatchObject({ unreadable: 1, resealed: 1 });
  expect(of("webhooks.secret")).toMatchObject({ unreadable: 0, resealed: 1 });
  const [row] = await db.select().from(domains).where(sql`id = ${lost.id}`);
  expect(row!.dkimPrivateKey).toBe("lost:bm90aGluZw==");
  const { status, stderr } = run(keys(old, next));
  expect([status, stderr]).toEqual([1, expect.stringContaining("left as they are")]);
});
