import net from "node:net";
import postgres from "postgres";
import { afterAll, expect, inject } from "vitest";
import { freePort } from "../../src/db/embedded.ts";
import { endFile } from "./endings.ts";

/**
 * Whoever dials the cluster's port here gets the socket file on which it listens as well: of what a statement costs a fifth
 * was the way through the network. Proxies have ports of their own, and processes that a test starts dial as they always do.
 */
function nearDatabase({ hostname, port }: URL, path: string): void {
  const { connect } = net;
  net.connect = ((to: net.TcpNetConnectOpts, ...rest: never[]) =>
    to.host === hostname && String(to.port) === port ? connect({ path }) : connect(to, ...rest)) as typeof connect;
}

/**
 * Before anything reads the configuration: what a process keeps for all files that it runs (vitest.config.ts). A real
 * browser needs a real port, and the links in mails must lead to it.
 */
if (!process.env.TEST_DATABASE) {
  const atBrowser = expect.getState().testPath?.includes("/test/browser/");
  process.env.TEST_DATABASE = `test_${crypto.randomUUID().replaceAll("-", "")}`;
  process.env.DATABASE_URL = inject("templateUrl").replace(/template$/, process.env.TEST_DATABASE);
  nearDatabase(new URL(process.env.DATABASE_URL), inject("databaseSocket"));
  process.env.PORT = String(atBrowser ? await freePort() : 3000);
  process.env.BASE_URL = `http://localhost:${process.env.PORT}`;
  process.env.SMTP_URL = `smtp://127.0.0.1:${await freePort()}`;
  // No test asks the real world: DNS starts, and ends, at the servers of test/support/name-server.ts, or at nobody.
  process.env.DNS_PORT = String(await freePort());
}
process.env.DNS_SERVERS = `127.0.0.1:${process.env.DNS_PORT}`;
process.env.DNS_TIMEOUT_MS ??= "1000";
process.env.SESSION_SECRET ??= "a secret of the test suite, nothing else";
process.env.DATABASE_CONNECTIONS ??= "24";
process.env.SIGN_INS_PER_MINUTE_PER_IP ??= "100000";
process.env.SIGN_INS_PER_HOUR_PER_IP ??= "100000";
process.env.RESETS_PER_HOUR_PER_IP ??= "100000";
process.env.REGISTRATIONS_PER_MINUTE_PER_IP ??= "100000";
process.env.API_CALLS_PER_MINUTE ??= "1000000";
process.env.API_CALLS_PER_MINUTE_PER_IP ??= "1000000";

// Where a process runs one file, that file may set more of the environment first.
if (process.env.FILES_SHARE_PROCESS) await import("./settings.ts");

/** A database of its own for each file; under the same name for all of one process. */
const name = process.env.TEST_DATABASE;
const admin = postgres(inject("adminUrl"), { max: 1, onnotice: () => {} });
// Where a file's tests are all passed over by their names, nothing at its end was done either.
await admin.unsafe(`drop database if exists ${name} with (force)`);
await admin.unsafe(`create database ${name} owner muster template template strategy file_copy`);

afterAll(async () => {
  await endFile();
  const { closeDatabase } = await import("../../src/db/client.ts");
  await closeDatabase();
  await admin.unsafe(`drop database if exists ${name} with (force)`);
  await admin.end();
});
