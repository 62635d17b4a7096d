import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { eq } from "drizzle-orm";
import { ImapFlow } from "imapflow";
import nodemailer from "nodemailer";
import postgres from "postgres";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { system } from "../src/access/actor.ts";
import { config } from "../src/config.ts";
import { db } from "../src/db/client.ts";
import {
  accounts,
  grants,
  mailboxAliases,
  mailboxes,
  mailboxForwards,
  mailGroupMembers,
  mailGroups,
  members,
  users,
} from "../src/db/schema.ts";
import { closeConnections } from "../src/imap/connections.ts";
import { withMailbox } from "../src/imap/with-mailbox.ts";
import { type Browser, browserOf, owner } from "./support/browser.ts";
import { trust } from "./support/certificates.ts";
import { type Dovecot, noDovecot, startDovecot } from "./support/dovecot.ts";
import { runJobs } from "./support/outbox.ts";
import { type Account, create, type Mailbox } from "./support/world.ts";

/** The mail server as docs/mail-server says: its files, with nothing but the placeholders filled in. */
const docs = new URL("../docs/mail-server/", import.meta.url).pathname;
const url = new URL(process.env.DATABASE_URL!);
const database = url.pathname.slice(1);
/** Roles belong to the whole cluster, so each database's is called by its name. */
const role = `mail_${database.slice(-12)}`;
const consolePassword = "the console’s own: %:@/?#";
const root = process.getuid?.() === 0;
const values: Record<string, string> = {
  DATABASE_PASSWORD: "open sesame",
  DATABASE_HOST: `${url.hostname}:${url.port}`,
  DATABASE_NAME: database,
  DATABASE: `host=${url.hostname} port=${url.port} dbname=${database} user=${role} password='open sesame'`,
  CONSOLE_NETWORKS: "127.0.0.1/32",
  MAIL_USER: root ? "nobody" : userInfo().username,
  MAIL_GROUP: root ? "nogroup" : spawnSync("id", ["-gn"], { encoding: "utf8" }).stdout.trim(),
  POSTFIX_USER: root ? "nobody" : userInfo().username,
};

/** A file of the documentation, filled in. A placeholder that nobody knows stays, and is not taken by anything. */
const filled = (file: string, more: Record<string, string> = {}) =>
  readFileSync(join(docs, file), "utf8")
    .replaceAll("muster_mail", role)
    .replace(/@([A-Z_]+)@/g, (whole, name: string) => ({ ...values, ...more })[name] ?? whole);

const admin = postgres(inject("adminUrl"), { max: 1, onnotice: () => {} });
const asServer = postgres({
  ...{ host: url.hostname, port: Number(url.port), database, username: role, password: "open sesame", max: 1 },
});
let server: Dovecot | undefined;
let account: Account;
let browser: Browser;

beforeAll(async () => {
  const [asAdmin, asMuster] = filled("role.sql").split(/^-- 2\..*$/m);
  await admin.unsafe(asAdmin!);
  const muster = postgres(process.env.DATABASE_URL!, { max: 1 });
  await muster.unsafe(asMuster!);
  await muster.end();
  ({ account, browser } = await owner());

  server = await startDovecot({
    config: ({ dir, cert, key }) => {
      const here = { FOLDER: dir, MAIL_FOLDER: join(dir, "mail"), POSTFIX_SOCKETS: dir };
      const hash = spawnSync("doveadm", ["pw", "-s", "SHA512-CRYPT", "-p", consolePassword], { encoding: "utf8" });
      const more = { ...here, CERTIFICATE: cert, CERTIFICATE_KEY: key, CONSOLE_PASSWORD_HASH: hash.stdout.trim() };
      for (const file of ["dovecot-sql.conf.ext", "console-users"]) writeFileSync(join(dir, file), filled(file, more));
      return filled("dovecot.conf", more);
    },
  });
  if (!server) return;
  trust(server.ca);
  config.MAIL_SERVER_IMAP = `imaps://console:${encodeURIComponent(consolePassword)}@127.0.0.1:${server.tlsPort}`;
});

afterAll(async () => {
  await closeConnections();
  await server?.stop();
  await asServer.end();
  await admin.end();
});

/** What a mail program finds out: "in" with the limit of the mailbox in bytes, or the server's refusal. */
async function signIn(user: string, pass: string): Promise<string> {
  const client = new ImapFlow({
    ...{ host: "localhost", port: server!.tlsPort, secure: true, logger: false },
    auth: { user, pass },
  });
  client.on("error", () => {});
  try {
    await client.connect();
    const quota = await client.getQuota("INBOX");
    await client.logout();
    return `in ${(quota ? quota.storage?.limit : 0) || "without limit"}`;
  } catch (error) {
    client.close();
    return String((error as { responseText?: string }).responseText ?? error);
  }
}
const refused = "Authentication failed.";

/** A mailbox made on the page, and a password made on the page: `whose` it is. */
async function made(fields: Record<string, string>, by = browser) {
  const { headers } = await by.post("/admin/mailboxes", { name: "Box", ...fields }).expect(303);
  const id = headers.location!.split("/").pop()!;
  const [box] = await db.select().from(mailboxes).where(eq(mailboxes.id, id));
  return box!;
}
async function newPassword(box: Mailbox, whose: "own" | "mailbox" = "mailbox", by = browser) {
  const page = await by.post(`/admin/mailboxes/${box.id}/passwords`, { label: "Telephone", whose }).expect(200);
  return page.text.match(/id="secret" value="([a-z2-9-]+)"/)![1]!;
}

describe("a mail server set up as documented", () => {
  test("M13 lets in who signs in to a mailbox made in the console a moment ago, and says how much fits", async ({
    skip,
  }) => {
    if (!server) return skip(noDovecot);
    const box = await made({ local: "fresh", quotaMegabytes: "5" });
    const secret = await newPassword(box);
    expect(secret).toMatch(/^([a-z2-9]{4}-){6}[a-z2-9]{4}$/);
    expect(await signIn(box.address, secret)).toBe(`in ${5 * 1024 * 1024}`);
    expect(await signIn(box.address.toUpperCase(), secret)).toMatch(/^in/);
    await browser.post(`/admin/mailboxes/${box.id}/quota`, { quotaMegabytes: "7", version: "1" }).expect(303);
    await expect.poll(() => signIn(box.address, secret), { timeout: 15_000 }).toBe(`in ${7 * 1024 * 1024}`);
    expect(await signIn((await made({ local: "open" })).address, secret)).toBe(refused);
    // Nobody pressed anything: the page says by itself how much fits now, as the server does.
    await runJobs();
    expect((await browser.get(`/admin/mailboxes/${box.id}`).expect(200)).text).toMatch(/of 7(\.3)? MB/);
  });

  test("T73 is talked into nothing by hostile names and passwords", async ({ skip }) => {
    if (!server) return skip(noDovecot);
    const box = await made({ local: "target" });
    const secret = await newPassword(box);
    const evil = [
      "' or ''='",
      "\\' or 1=1 --",
      "'); drop table mailboxes; --",
      "%u",
      "%w",
      "$1",
      "a'||'b",
      "\u00e9\\",
      '"',
    ];
    const names = [...evil.map((each) => `${box.address}${each}`), `x' or address = '${box.address}`];
    const answers = await Promise.all([
      ...evil.map((each) => signIn(box.address, each)),
      ...names.map((name) => signIn(name, secret)),
    ]);
    expect(answers.filter((answer) => answer.startsWith("in "))).toEqual([]);
    expect(answers.slice(0, evil.length)).toEqual(evil.map(() => refused));
    expect(await signIn(box.address, secret)).toMatch(/^in/);
  });

  test("lets nobody in after a revocation, while archived, or when the account is deleted", async ({ skip }) => {
    if (!server) return skip(noDovecot);
    const other = await owner();
    const box = await made({ local: "closing" }, other.browser);
    const [first, second] = [
      await newPassword(box, "mailbox", other.browser),
      await newPassword(box, "own", other.browser),
    ];
    expect([await signIn(box.address, first), await signIn(box.address, second)]).toEqual(
      Array(2).fill("in without limit"),
    );

    const page = await other.browser.get(`/admin/mailboxes/${box.id}/passwords`).expect(200);
    const [door] = page.text.match(/\/admin\/mailboxes\/[^"]+\/revocation/)!;
    await other.browser.post(door).expect(303);
    expect([await signIn(box.address, first), await signIn(box.address, second)]).toEqual([
      refused,
      "in without limit",
    ]);

    await other.browser.post(`/admin/mailboxes/${box.id}/archive`, { version: "1" }).expect(303);
    expect(await signIn(box.address, second)).toBe(refused);
    await other.browser.post(`/admin/mailboxes/${box.id}/restoration`).expect(303);
    expect(await signIn(box.address, second)).toMatch(/^in/);
    await db.update(accounts).set({ deletedAt: new Date() }).where(eq(accounts.id, other.account.id));
    expect(await signIn(box.address, second)).toBe(refused);
  });

  test("a person’s own password ends with what they may do there, whatever ends it, and sends only for who may send", async ({
    skip,
  }) => {
    if (!server) return skip(noDovecot);
    const box = await made({ local: "shared" });
    const { user, member } = await create.colleague(account);
    const grant = await create.grant(member, { systemRole: "mailbox_editor" }, box);
    const secret = await newPassword(box, "own", await browserOf(user, account));
    const sends = () => {
      const asked = [
        "-c",
        join(server!.dir, "dovecot.conf"),
        "auth",
        "test",
        "-x",
        "service=smtp",
        box.address,
        secret,
      ];
      return / auth succeeded/.test(spawnSync("doveadm", asked, { encoding: "utf8" }).stdout);
    };
    expect([await signIn(box.address, secret), sends()]).toEqual(["in without limit", true]);

    for (const status of ["blocked", "removed"] as const) {
      await db.update(members).set({ status }).where(eq(members.id, member.id));
      expect(await signIn(box.address, secret)).toBe(refused);
    }
    await db.update(members).set({ status: "active" }).where(eq(members.id, member.id));
    const silent = await create.role(account, "mailbox", "Silent", [
      "messages.read",
      "messages.delete",
      "folders.manage",
    ]);
    await db.update(grants).set({ endedAt: new Date() }).where(eq(grants.id, grant.id));
    expect(await signIn(box.address, secret)).toBe(refused);
    await create.grant(member, { role: silent }, box);
    expect([await signIn(box.address, secret), sends()]).toEqual(["in without limit", false]);
  });

  test("an app password that somebody made in their profile works until their profile is disabled or they revoke it", async ({
    skip,
  }) => {
    if (!server) return skip(noDovecot);
    const box = await made({ local: "pocket" });
    const { user, member } = await create.colleague(account);
    await create.grant(member, { systemRole: "mailbox_editor" }, box);
    const own = await browserOf(user);
    const page = await own.post("/profile/app-passwords", { mailbox: box.id, label: "Telephone" }).expect(200);
    const secret = page.text.match(/id="secret" value="([a-z2-9-]+)"/)![1]!;
    expect(await signIn(box.address, secret)).toBe("in without limit");
    await db.update(users).set({ disabledAt: new Date() }).where(eq(users.id, user.id));
    expect(await signIn(box.address, secret)).toBe(refused);
    await db.update(users).set({ disabledAt: null }).where(eq(users.id, user.id));
    expect(await signIn(box.address, secret)).toBe("in without limit");
    const list = await own.get("/profile/app-passwords").expect(200);
    await own.post(list.text.match(/action="([^"]+\/revocation)"/)![1]!).expect(303);
    expect(await signIn(box.address, secret)).toBe(refused);
  });

  test("M12 M13 the console reads it with the master user, who signs in from its addresses and over IMAP only", async ({
    skip,
  }) => {
    if (!server) return skip(noDovecot);
    const box = await made({ local: "read" });
    const lmtp = nodemailer.createTransport({ host: "127.0.0.1", port: server.lmtpPort, lmtp: true, ignoreTLS: true });
    const letter = {
      from: "ana@elsewhere.test",
      to: box.address.replace("@", "+tag@"),
      subject: "Hello",
      text: "World",
    };
    await lmtp.sendMail(letter);
    const subjects = await withMailbox(system(account.id), box, async (client) => {
      const lock = await client.getMailboxLock("INBOX");
      const found = (await client.fetchAll("1:*", { envelope: true })).map(({ envelope }) => envelope?.subject);
      lock.release();
      return found;
    });
    expect(subjects).toEqual(["Hello"]);
    await expect(lmtp.sendMail({ ...letter, to: "nobody.at.all@muster.test" })).rejects.toThrow(
      /550|User doesn't exist/,
    );

    const master = (service: string, from: string) => {
      const user = [`${box.address}*console`, consolePassword];
      const asked = [
        "-c",
        join(server!.dir, "dovecot.conf"),
        "auth",
        "test",
        "-x",
        `service=${service}`,
        "-x",
        `rip=${from}`,
      ];
      return / auth succeeded/.test(spawnSync("doveadm", [...asked, ...user], { encoding: "utf8" }).stdout);
    };
    expect([master("imap", "127.0.0.1"), master("imap", "192.0.2.7"), master("smtp", "127.0.0.1")]).toEqual([
      true,
      false,
      false,
    ]);
  });

  test("a mailbox that is full takes no more mail", async ({ skip }) => {
    if (!server) return skip(noDovecot);
    const box = await made({ local: "small", quotaMegabytes: "1" });
    const lmtp = nodemailer.createTransport({ host: "127.0.0.1", port: server.lmtpPort, lmtp: true, ignoreTLS: true });
    const send = (bytes: number) =>
      lmtp.sendMail({ from: "ana@elsewhere.test", to: box.address, subject: "Big", text: "x ".repeat(bytes / 2) });
    await send(900_000);
    expect((await send(900_000)).response).toMatch(/^552/);
  });
});

/** What Postfix finds by one of the documented queries, as it would fill it in. */
async function lookUp(file: string, key: string): Promise<string[]> {
  const query = filled(`muster-${file}.cf`).match(/^query = (.*)$/m)![1]!;
  const rows = await asServer.unsafe(query.replaceAll("%s", key.replaceAll("'", "''"))).values();
  return rows.map(([value]) => String(value)).sort();
}

describe("what Postfix looks up", () => {
  test("aliases, groups and forwards in their time, senders, mailboxes and domains", async () => {
    const boss = await create.mailbox(account, { address: "boss@muster.test" });
    const away = await create.mailbox(account, { address: "away@muster.test" });
    const archived = await create.mailbox(account, { address: "old@muster.test", archivedAt: new Date() });
    const at = (days: number) => new Date(Date.now() + days * 86_400_000);
    const of = (box: Mailbox) => ({ accountId: account.id, mailboxId: box.id });
    await db.insert(mailboxAliases).values([
      { ...of(boss), address: "chief@muster.test" },
      { ...of(boss), address: "former@muster.test", endedAt: new Date() },
      { ...of(archived), address: "old-alias@muster.test" },
    ]);
    await db.insert(mailboxForwards).values([
      { ...of(away), address: "now@elsewhere.test", keepCopy: true, startsAt: at(-1), endsAt: at(1) },
      { ...of(away), address: "later@elsewhere.test", startsAt: at(1) },
      { ...of(away), address: "before@elsewhere.test", startsAt: at(-3), endsAt: at(-1) },
      { ...of(boss), address: "only@elsewhere.test", keepCopy: false, startsAt: at(-1) },
    ]);
    const group = { accountId: account.id, name: "Team", address: "team@muster.test" };
    const [team] = await db.insert(mailGroups).values(group).returning();
    const each = { accountId: account.id, groupId: team!.id };
    await db.insert(mailGroupMembers).values([
      { ...each, address: boss.address },
      { ...each, address: "guest@elsewhere.test" },
    ]);

    expect(await lookUp("aliases", "Chief@Muster.test")).toEqual([boss.address]);
    expect(await lookUp("aliases", "former@muster.test")).toEqual([]);
    expect(await lookUp("aliases", "old-alias@muster.test")).toEqual([]);
    expect(await lookUp("aliases", "team@muster.test")).toEqual([boss.address, "guest@elsewhere.test"]);
    expect(await lookUp("aliases", away.address)).toEqual([away.address, "now@elsewhere.test"]);
    expect(await lookUp("aliases", boss.address)).toEqual(["only@elsewhere.test"]);
    expect(await lookUp("senders", "chief@muster.test")).toEqual([boss.address]);
    expect(await lookUp("senders", boss.address)).toEqual([boss.address]);
    expect(await lookUp("mailboxes", boss.address)).toEqual([boss.id]);
    expect(await lookUp("mailboxes", archived.address)).toEqual([]);
    expect(await lookUp("mailboxes", "' or ''='")).toEqual([]);
  });

  test("Postfix itself reads the documented files", async ({ skip }) => {
    const known = spawnSync("postmap", ["-c", "/etc/postfix", "-m"], { encoding: "utf8" }).stdout ?? "";
    if (!/^pgsql$/m.test(known)) return skip("postfix-pgsql is not installed: only its queries were asked");
    const dir = mkdtempSync("/tmp/muster-postfix-");
    writeFileSync(join(dir, "main.cf"), "compatibility_level = 3.6\nmeta_directory = /etc/postfix\n");
    const box = await create.mailbox(account, { address: "o'brien@muster.test" });
    await db
      .insert(mailboxAliases)
      .values({ accountId: account.id, mailboxId: box.id, address: "patrick@muster.test" });
    const answers = (["mailboxes", "aliases", "senders", "domains"] as const).map((file) => {
      writeFileSync(join(dir, `muster-${file}.cf`), filled(`muster-${file}.cf`));
      const key = {
        mailboxes: box.address,
        aliases: "Patrick@muster.test",
        senders: box.address,
        domains: "muster.test",
      };
      const asked = ["-c", dir, "-q", key[file], `pgsql:${join(dir, `muster-${file}.cf`)}`];
      return spawnSync("postmap", asked, { encoding: "utf8" }).stdout.trim();
    });
    rmSync(dir, { recursive: true });
    expect(answers).toEqual([box.id, box.address, box.address, "muster.test"]);
  });

  test("takes mail for MAIL_DOMAIN and for domains in which something has its address here", async () => {
    const opened = { status: "active", verifiedAt: new Date(), activatedAt: new Date() } as const;
    const [here, elsewhere] = [await create.domain(account, opened), await create.domain(account, opened)];
    const given = await create.domain(account, { status: "unverified" });
    for (const { name } of [here, given]) await create.mailbox(account, { address: `info@${name}` });
    await create.mailbox(account, { address: `info@${elsewhere.name}`, kind: "imap" });
    for (const [name, taken] of [
      [config.MAIL_DOMAIN, true],
      [here.name, true],
      [elsewhere.name, false],
      [given.name, false],
    ] as const)
      expect(await lookUp("domains", name), name).toEqual(taken ? [name] : []);
  });

  test("the role of the mail server reads these views and nothing else", async () => {
    const readable = await asServer`
      select n.nspname || '.' || c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'v', 'm', 'p') and n.nspname not in ('pg_catalog', 'information_schema')
        and has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select') order by 1`;
    const views = ["aliases", "domains", "gone", "mailboxes", "senders", "settings", "sign_ins"];
    expect(readable.map(({ name }) => name)).toEqual(views.map((view) => `mail_server.${view}`));
    await expect(asServer`select * from public.users`).rejects.toThrow(/permission denied/);
    for (const write of ["update mail_server.settings set mail_domain = 'x'", "create table mail_server.x (a int)"])
      await expect(asServer.unsafe(write), write).rejects.toThrow(/permission denied|read-only/);
  });

  test("every placeholder of the documented files is explained", () => {
    const page = readFileSync(join(docs, "../mail-server.md"), "utf8");
    const used = new Set(
      readdirSync(docs).flatMap((file) => readFileSync(join(docs, file), "utf8").match(/@[A-Z_]+@/g) ?? []),
    );
    expect([...used].filter((placeholder) => !page.includes(placeholder))).toEqual([]);
  });
});
