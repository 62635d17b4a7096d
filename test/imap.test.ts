import type { AddressInfo } from "node:net";
import { createServer, type Socket } from "node:net";
import tls from "node:tls";
import { eq } from "drizzle-orm";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { system } from "../src/access/actor.ts";
import { seal } from "../src/access/vault.ts";
import { config } from "../src/config.ts";
import { imapSources } from "../src/db/boxes.ts";
import { db } from "../src/db/client.ts";
import { NotFound } from "../src/http/errors.ts";
import { closeConnections } from "../src/imap/connections.ts";
import { ImapError, imapCodes, imapWords } from "../src/imap/error.ts";
import { tryImap } from "../src/imap/try.ts";
import { withMailbox } from "../src/imap/with-mailbox.ts";
import { selfSigned, trust } from "./support/certificates.ts";
import { noDovecot, startDovecot } from "./support/dovecot.ts";
import { freshDns, zone } from "./support/name-server.ts";
import { type Account, create } from "./support/world.ts";

const dovecot = await startDovecot({ names: ["mail.acme.test"] });
const offered = await startDovecot({ tls: "none" });
if (dovecot) {
  trust(dovecot.ca);
  dovecot.addUser("ana@acme.test", "the right one");
  offered!.addUser("ana@acme.test", "the right one");
}

const servers: { close(): void }[] = [];
/** A mail server that is none: it talks plainly to whoever connects, and notes what it was told. */
async function pretender(talk: (socket: Socket) => void): Promise<{ port: number; heard: string[] }> {
  const heard: string[] = [];
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket.on("error", () => {}).on("data", (chunk) => heard.push(String(chunk))));
    talk(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  servers.push(server);
  afterAll(() => sockets.map((socket) => socket.destroy()));
  return { port: (server.address() as AddressInfo).port, heard };
}

const settings = (more: object = {}) => ({
  host: "mail.acme.test",
  port: dovecot?.tlsPort ?? 0,
  security: "tls" as const,
  username: "ana@acme.test",
  password: "the right one",
  ...more,
});
const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "signed in",
    (error: unknown) => (error instanceof ImapError ? error.code : `not ours: ${String(error)}`),
  );
const tried = (more: object) => codeOf(tryImap(settings(more)));

beforeEach(() => {
  freshDns();
  zone("acme.test", [
    ["mail", "A", "127.0.0.1"],
    ["other", "A", "127.0.0.1"],
    ["two", "A", "127.0.0.200"],
    ["two", "A", "127.0.0.1"],
  ]);
  config.OUTBOUND_ALLOW = ["127.0.0.0/8"];
  config.OUTBOUND_TIMEOUT_MS = 8000;
});
afterAll(async () => {
  await closeConnections();
  for (const server of servers) server.close();
});

describe("signing in to a mail server", () => {
  test("M13 works with TLS and STARTTLS, and says in its own words why it does not", async ({ skip }) => {
    if (!dovecot || !offered) return skip(noDovecot);
    const { port } = dovecot;
    expect(await tried({})).toBe("signed in");
    expect(await tried({ security: "starttls", port })).toBe("signed in");
    expect(await tried({ password: "a wrong one" })).toBe("wrong_password");
    expect(await tried({ password: "" })).toBe("wrong_password");
    expect(await tried({ username: "nobody@acme.test" })).toBe("wrong_password");
    expect(await tried({ host: "other.acme.test" })).toBe("certificate");
    expect(await tried({ host: "nowhere.acme.test" })).toBe("no_such_host");
    expect(await tried({ port: 1 })).toBe("refused");
    expect(await tried({ port })).toBe("no_tls");
    expect(await tried({ security: "starttls", port: offered.port })).toBe("no_tls");
    expect(await tried({ security: "none", port: offered.port })).toBe("signed in");
    expect(offered.log()).not.toContain("the right one");
  });

  test("T73 is tried at allowed addresses and ports only, and without encryption nowhere else", async () => {
    config.OUTBOUND_ALLOW = [];
    for (const host of ["mail.acme.test", "127.1", "::1", "0x7f.1"]) expect(await tried({ host })).toBe("not_allowed");
    expect(await tried({ host: "8.8.8.8", port: 6379 })).toBe("not_allowed");
    expect(await tried({ host: "8.8.8.8", port: 143, security: "none" })).toBe("not_encrypted");
  });

  test("T73 a server that says nothing, drips, or floods is left in time, and gets no password before TLS", async () => {
    config.OUTBOUND_TIMEOUT_MS = 1200;
    const silent = await pretender(() => {});
    const drip = await pretender((socket) => void setInterval(() => socket.write("* "), 100).unref());
    const flood = await pretender((socket) => socket.write(`* OK ${"x".repeat(5_000_000)}`));
    const stripped = await pretender((socket) => {
      socket.write("* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready\r\n");
      socket.on("data", (chunk) => socket.write(`${String(chunk).split(" ")[0]} OK done\r\n`));
    });
    const preauth = await pretender((socket) => socket.write("* PREAUTH [CAPABILITY IMAP4rev1] welcome\r\n"));
    const at = ({ port }: { port: number }) => tried({ port, security: "starttls" });
    expect(await Promise.all([silent, drip, flood, stripped, preauth].map(at))).toEqual([
      "timeout",
      "timeout",
      "unreachable",
      "no_tls",
      "no_tls",
    ]);
    const key = selfSigned("mail.acme.test");
    const unknown = tls.createServer(key, (socket) => socket.write("* OK ready\r\n")).listen(0, "127.0.0.1");
    servers.push(unknown);
    await new Promise((resolve) => unknown.once("listening", resolve));
    expect(await tried({ port: (unknown.address() as AddressInfo).port })).toBe("certificate");
    for (const { heard } of [silent, drip, flood, stripped, preauth]) expect(heard.join("")).not.toContain("right");
  });

  test("every failure has words of its own", () => {
    expect(new Set(imapCodes.map(imapWords)).size).toBe(imapCodes.length);
    expect(imapWords("nobody knows this")).toBe(imapWords("unreachable"));
  });
});

describe("working in a mailbox", () => {
  async function connected(account: Account, more: Partial<typeof imapSources.$inferInsert> = {}) {
    const mailbox = await create.mailbox(account, { kind: "imap", address: "ana@acme.test" });
    const { password, ...way } = settings();
    const source = { accountId: account.id, mailboxId: mailbox.id, ...way, password: seal(password), ...more };
    await db.insert(imapSources).values(source);
    return mailbox;
  }
  const sourceOf = async (mailboxId: string) =>
    (await db.select().from(imapSources).where(eq(imapSources.mailboxId, mailboxId)))[0]!;
  const signIns = () => dovecot!.log().match(/imap-login: (Info: )?Login: user=<ana@acme\.test>/g)?.length ?? 0;

  test("M10 a connection is used again for the next page, not for other settings, and what failed is remembered", async ({
    skip,
  }) => {
    if (!dovecot) return skip(noDovecot);
    const account = await create.account();
    const mailbox = await connected(account);
    const actor = system(account.id);
    const before = signIns();
    const paths = await withMailbox(actor, mailbox, async (client) => (await client.list()).map(({ path }) => path));
    expect(paths.sort()).toEqual(["Drafts", "INBOX", "Sent", "Trash"]);
    await withMailbox(actor, mailbox, (client) => client.status("INBOX", { messages: true }));
    expect(signIns()).toBe(before + 1);
    expect(await sourceOf(mailbox.id)).toMatchObject({ failure: null, reachedAt: expect.any(Date) });

    await db
      .update(imapSources)
      .set({ password: seal("outdated"), version: 2 })
      .where(eq(imapSources.mailboxId, mailbox.id));
    expect(await codeOf(withMailbox(actor, mailbox, async () => 1))).toBe("wrong_password");
    expect(await sourceOf(mailbox.id)).toMatchObject({ failure: "wrong_password", failedAt: expect.any(Date) });
    await db
      .update(imapSources)
      .set({ password: seal("the right one"), version: 3 })
      .where(eq(imapSources.mailboxId, mailbox.id));
    expect(await withMailbox(actor, mailbox, async () => 1)).toBe(1);
    expect(await sourceOf(mailbox.id)).toMatchObject({ failure: null });
  });

  test("mistakes of ours stay what they are, what the server refuses is its answer, and endless work is cut off", async ({
    skip,
  }) => {
    if (!dovecot) return skip(noDovecot);
    const account = await create.account();
    const mailbox = await connected(account);
    const actor = system(account.id);
    const failing = (error: Error) => withMailbox(actor, mailbox, () => Promise.reject(error));
    await expect(failing(new TypeError("ours"))).rejects.toThrow(TypeError);
    await expect(failing(new NotFound())).rejects.toThrow(NotFound);
    expect(await codeOf(withMailbox(actor, mailbox, (client) => client.mailboxDelete("no such folder")))).toBe(
      "failed",
    );
    const endless = withMailbox(actor, mailbox, () => new Promise((_, reject) => setTimeout(reject, 400)), {
      within: 100,
    });
    expect(await codeOf(endless)).toBe("timeout");
    await expect(withMailbox(system((await create.account()).id), mailbox, async () => 1)).rejects.toThrow(NotFound);
  });

  test("a native mailbox is read as the mail server's master user, and not at all where none is set", async ({
    skip,
  }) => {
    const account = await create.account();
    const native = await create.mailbox(account, { address: "ana@acme.test" });
    const bare = await create.mailbox(account, { kind: "imap", address: "bare@acme.test" });
    for (const box of [native, bare]) {
      expect(await codeOf(withMailbox(system(account.id), box, async () => 1))).toBe("not_connected");
    }
    if (!dovecot) return skip(noDovecot);
    const { user, password } = dovecot.master;
    config.OUTBOUND_ALLOW = [];
    config.MAIL_SERVER_IMAP = `imaps://${user}:${encodeURIComponent(password)}@127.0.0.1:${dovecot.tlsPort}`;
    const list = await withMailbox(system(account.id), native, (client) => client.list());
    config.MAIL_SERVER_IMAP = "";
    expect(list).toHaveLength(4);
  });
});
