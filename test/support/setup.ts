import postgres from "postgres";
import { afterAll, expect, inject } from "vitest";
import { freePort } from "../../src/db/embedded.ts";

/** A database of its own for each test file, before anything reads the configuration. */
const name = `test_${crypto.randomUUID().replaceAll("-", "")}`;
const admin = postgres(inject("adminUrl"), { max: 1, onnotice: () => {} });
await admin.unsafe(`create database ${name} owner muster template template`);

process.env.DATABASE_URL = inject("templateUrl").replace(/template$/, name);
// A real browser needs a real port, and the links in mails must lead to it.
const port = expect.getState().testPath?.includes("/test/browser/") ? await freePort() : 3000;
process.env.PORT = String(port);
process.env.BASE_URL = `http://localhost:${port}`;
process.env.SMTP_URL = `smtp://127.0.0.1:${await freePort()}`;
// No test asks the real world: DNS starts, and ends, at the servers of test/support/name-server.ts, or at nobody.
process.env.DNS_PORT = String(await freePort());
process.env.DNS_SERVERS = `127.0.0.1:${process.env.DNS_PORT}`;
process.env.DNS_TIMEOUT_MS ??= "1000";
process.env.SESSION_SECRET ??= "a secret of the test suite, nothing else";
process.env.DATABASE_CONNECTIONS ??= "40";
process.env.SIGN_INS_PER_MINUTE_PER_IP ??= "100000";
process.env.SIGN_INS_PER_HOUR_PER_IP ??= "100000";
process.env.RESETS_PER_HOUR_PER_IP ??= "100000";
process.env.REGISTRATIONS_PER_MINUTE_PER_IP ??= "100000";

afterAll(async () => {
  const { closeDatabase } = await import("../../src/db/client.ts");
  await closeDatabase();
  await admin.unsafe(`drop database if exists ${name} with (force)`);
  await admin.end();
});
