import { Readable } from "node:stream";
import { desc, eq, sql } from "drizzle-orm";
import { makeSecret } from "../../src/access/secrets.ts";
import { issueToken, secretOf } from "../../src/access/tokens.ts";
import { seal } from "../../src/access/vault.ts";
import { imapSources } from "../../src/db/boxes.ts";
import { db } from "../../src/db/client.ts";
import {
  accountLogos,
  activationRuns,
  apiTokens,
  connectors,
  domainChecks,
  type domains,
  type ImportStatus,
  importProblems,
  imports,
  type MemberStatus,
  mailboxAliases,
  mailboxForwards,
  mailboxPasswords,
  mailGroupMembers,
  mailGroups,
  mails,
  members,
  notifications,
  offboardings,
  passkeys,
  plans,
  type ReportScope,
  reports,
  type TokenPurpose,
  trustedDevices,
  type WebhookStatus,
  webhookAttempts,
  webhookDeliveries,
  webhooks,
} from "../../src/db/schema.ts";
import { useInbox } from "../../src/dev/current.ts";
import { useNameServer } from "../../src/dev-dns/current.ts";
import { NameServer } from "../../src/dev-dns/name-server.ts";
import { Zones } from "../../src/dev-dns/zones.ts";
import { storeFile } from "../../src/files/store.ts";
import { workbookType } from "../../src/import-files/kinds.ts";
import { computeReceipt } from "../../src/offboarding-receipts/compute.ts";
import { newSecret } from "../../src/webhook-secrets/make.ts";
import { checkedImport } from "./checked-imports.ts";
import { inbox } from "./outbox.ts";
import { programOf } from "./programs.ts";
import { type Account, create, type Member, type User } from "./world.ts";

/** Somebody in an account: whoever opens the routes, or the neighbour whose things must stay untouched. */
export interface Home {
  account: Account;
  user: User;
  member: Member;
}

/** `account`: of one tenant. `person`: of one user. `secret`: whoever knows it may use it, so it has no neighbour. */
type Scope = "account" | "person" | "secret";

interface Meaning {
  path: RegExp;
  parameter: string;
  scope: Scope;
  make: (home: Home) => Promise<string>;
}

const pending = async (home: Home, status: MemberStatus = "invited") => {
  const row = await create.member(home.account, null, {
    status,
    invitedBy: home.user.id,
    ...(status === "draft" ? {} : { invitedAt: new Date(), expiresAt: new Date(Date.now() + 5 * 86_400_000) }),
  });
  await create.grant(row, { systemRole: "viewer" });
  return row;
};

const memberIn =
  (status: MemberStatus) =>
  async (home: Home): Promise<string> => {
    if (status === "draft" || status === "invited") return (await pending(home, status)).id;
    const values = status === "removed" ? { status, statusBefore: "active" as const, endedAt: new Date() } : { status };
    const row = await create.member(home.account, await create.user(), values);
    if (status !== "removed") await create.grant(row, { systemRole: "viewer" });
    return row.id;
  };

/** Somebody whose profile the account manages; `waiting` has no password yet. */
const corporate = (waiting: boolean) => async (home: Home) => {
  const values = { corporateAccountId: home.account.id, ...(waiting ? { passwordHash: null } : {}) };
  const user = await create.user(values);
  const row = await create.member(home.account, user, { corporate: true, status: waiting ? "waiting" : "active" });
  return row.id;
};

/** A mailbox with a password for mail programs. */
const mailboxWithPassword = async ({ account }: Home) => {
  const { id } = await create.mailbox(account);
  const values = { accountId: account.id, mailboxId: id, label: "Hello", hash: crypto.randomUUID() };
  const [password] = await db.insert(mailboxPasswords).values(values).returning();
  return { id, passwordId: password!.id };
};
/** One of the visitor's own. */
const appPassword = async ({ account, user }: Home) => {
  const box = await create.mailbox(account);
  const values = {
    accountId: account.id,
    mailboxId: box.id,
    userId: user.id,
    label: "Hello",
    hash: crypto.randomUUID(),
  };
  return (await db.insert(mailboxPasswords).values(values).returning())[0]!.id;
};
const deletedMailbox = async ({ account, user }: Home) => {
  const values = { archivedAt: new Date(), deletedAt: new Date(), deletedBy: user.id };
  return (await create.mailbox(account, values)).id;
};
const mailbox = async (home: Home) => (await mailboxWithPassword(home)).id;
const boxPassword = async (home: Home) => (await mailboxWithPassword(home)).passwordId;
/** A mailbox that is hosted elsewhere, where nobody answers. */
const imapMailbox = async ({ account }: Home) => {
  const { id, accountId } = await create.mailbox(account, { kind: "imap" });
  const way = { host: "127.0.0.1", port: 1, security: "tls", username: "ana@elsewhere.test" } as const;
  await db.insert(imapSources).values({ mailboxId: id, accountId, ...way, failure: "refused", failedAt: new Date() });
  return id;
};
/** The mailbox whose aliases and forwards the sweeps look at: the same for each parameter of a path. */
const boxes = new Map<string, Promise<string>>();
const deliveryBox = ({ account }: Home): Promise<string> => {
  if (!boxes.has(account.id))
    boxes.set(
      account.id,
      create.mailbox(account).then(({ id }) => id),
    );
  return boxes.get(account.id)!;
};
const addressOf = () => `some-${crypto.randomUUID().slice(0, 8)}@muster.test`;
const alias = async (home: Home) => {
  const values = { accountId: home.account.id, mailboxId: await deliveryBox(home), address: addressOf() };
  return (await db.insert(mailboxAliases).values(values).returning())[0]!.id;
};
const forward = async (home: Home) => {
  const values = { accountId: home.account.id, mailboxId: await deliveryBox(home), address: addressOf() };
  return (await db.insert(mailboxForwards).values(values).returning())[0]!.id;
};
const mailGroup = async ({ account }: Home) => {
  const values = { accountId: account.id, name: "Hello", address: addressOf() };
  const [group] = await db.insert(mailGroups).values(values).returning();
  await db
    .insert(mailGroupMembers)
    .values({ accountId: account.id, groupId: group!.id, address: "ana@elsewhere.test" });
  return group!.id;
};
const plan = async () => {
  const [row] = await db
    .insert(plans)
    .values({ name: `Desk ${crypto.randomUUID().slice(0, 8)}` })
    .returning();
  return row!.id;
};
/** A connector to a server that nobody asks. */
const connector = async ({ account }: Home) => {
  const [row] = await db
    .insert(connectors)
    .values({
      ...{ accountId: account.id, kind: "generic", name: `Desk ${crypto.randomUUID().slice(0, 8)}` },
      ...{
        clientId: "muster",
        clientSecret: seal("secret"),
        scopes: ["https://mail.elsewhere.test/"],
        imapHost: "127.0.0.1",
      },
      ...{ authorizeUrl: "https://login.elsewhere.test/auth", tokenUrl: "https://login.elsewhere.test/token" },
    })
    .returning();
  return row!.id;
};
const role = async (home: Home) =>
  (await create.role(home.account, "account", `Desk ${crypto.randomUUID().slice(0, 8)}`, ["users.view"])).id;
/** A domain that was looked at, and whose records are not right. */
const domain =
  (values: Partial<typeof domains.$inferInsert> = {}) =>
  async (home: Home) => {
    const { id, accountId, name, claimedAt } = await create.domain(home.account, values);
    const answer = {
      server: `ns1.${name}`,
      authoritative: true,
      outcome: "records" as const,
      records: ["something else"],
    };
    const check = { accountId, domainId: id, result: "wrong" as const, expected: [], found: [answer], at: claimedAt };
    await db.insert(domainChecks).values([
      {
        ...check,
        kind: "ownership",
        code: "other_text",
        values: { host: name, found: "something else", expected: "token" },
      },
      { ...check, kind: "dkim", code: "dkim_many", values: { host: name }, askedBy: home.user.id },
    ]);
    return id;
  };
const opened = { status: "active", verifiedAt: new Date(), activatedAt: new Date() } as const;

/** A domain that may be activated, or one whose people are being taken in. */
const domainIn = (status: "verified" | "active") => async (home: Home) => {
  const at = { verifiedAt: new Date(), activatedAt: status === "active" ? new Date() : null };
  const row = await create.domain(home.account, { status, ...at });
  if (status === "active") {
    const run = { accountId: home.account.id, domainId: row.id, kind: "activation", plannedAt: new Date() } as const;
    await db.insert(activationRuns).values({ ...run, plan: {}, total: 1, startedBy: home.user.id });
  }
  return row.id;
};
/** A workbook that was uploaded, and is checked, or whose check was given up. */
const importIn = (status: "checked" | "failed") => async (home: Home) => {
  const [row] = await db
    .insert(imports)
    .values({
      accountId: home.account.id,
      fileName: "people.xlsx",
      sha256: crypto.randomUUID(),
      uploadedBy: home.user.id,
      status,
      ...(status === "failed" ? { error: "failed" } : { checkedAt: new Date(), counts: { create: 1, warnings: 1 } }),
    })
    .returning();
  if (status === "checked")
    await db
      .insert(importProblems)
      .values({ importId: row!.id, number: 1, tier: "warning", sheet: "Users", row: 2, code: "cell_formula" });
  return row!.id;
};
const grant = async (home: Home) => {
  const { member } = await create.colleague(home.account);
  return (await create.grant(member, { permission: "users.view" })).id;
};

/** Of the member who was made last: the two stand in one address. */
const grantOfLast = async ({ account }: Home) => {
  const [last] = await db
    .select()
    .from(members)
    .where(eq(members.accountId, account.id))
    .orderBy(desc(members.createdAt))
    .limit(1);
  return (await create.grant(last!, { permission: "users.view" })).id;
};

const importWithFile = async ({ account, user }: Home) => {
  const [row] = await db
    .insert(imports)
    .values({ accountId: account.id, fileName: "people.xlsx", sha256: crypto.randomUUID(), uploadedBy: user.id })
    .returning({ id: imports.id });
  await storeFile(
    {
      ...{ accountId: account.id, kind: "annotated", subjectId: row!.id, days: 1 },
      ...{ name: "people - annotated.xlsx", mediaType: workbookType },
    },
    Readable.from([Buffer.from("PK")]),
  );
  return row!.id;
};

const secret = (purpose: TokenPurpose) => async (home: Home) => {
  const member = purpose === "invitation" ? await pending(home) : undefined;
  const owned =
    purpose === "password_reset" ||
    purpose === "address_change" ||
    purpose === "first_sign_in" ||
    purpose === "release";
  const email = member?.email ?? (owned ? home.user.email : `new-${crypto.randomUUID().slice(0, 8)}@elsewhere.test`);
  const token = await db.transaction((tx) =>
    issueToken(tx, { purpose, email, memberId: member?.id, userId: owned ? home.user.id : null, minutes: 60 }),
  );
  return secretOf(token);
};

/** An invitation that waits for the visitor in somebody else's account. */
const inviteFor = async (home: Home) => {
  const host = await create.account();
  const row = await create.member(host, home.user, { status: "invited", joinedAt: null, invitedAt: new Date() });
  return row.id;
};

const bell = async (home: Home) => {
  const values = { userId: home.user.id, accountId: home.account.id, kind: "invite.accepted" as const };
  const [row] = await db
    .insert(notifications)
    .values({ ...values, subjectId: home.member.id, data: { name: "Ana", email: "ana@elsewhere.test" } })
    .returning();
  return row!.id;
};

/** Somebody who has left, with a receipt that was mailed long ago, or who will. */
const offboardingIn = (status: "planned" | "done") => async (home: Home) => {
  const memberId = await memberIn(status === "done" ? "removed" : "active")(home);
  const values = { accountId: home.account.id, memberId, status, createdBy: home.user.id };
  const plan = { mailboxes: [], ownerMemberId: null };
  const [row] = await db
    .insert(offboardings)
    .values({
      ...values,
      plan,
      dueAt: new Date(Date.now() + 86_400_000),
      doneAt: status === "done" ? new Date() : null,
    })
    .returning();
  if (status === "done") {
    const receipt = { first: await computeReceipt(db, row!), again: null };
    await db.update(offboardings).set({ receipt, receiptAt: new Date() }).where(eq(offboardings.id, row!.id));
  }
  return row!.id;
};

/** An import in this state, with one address that is to be created. */
const startable =
  (status: ImportStatus, values: Partial<typeof imports.$inferInsert> = {}) =>
  async (home: Home) => {
    const email = `new-${crypto.randomUUID().slice(0, 8)}@elsewhere.test`;
    return (await checkedImport(home.account, home.user, [{ email }], { status, ...values })).id;
  };

const session = (home: Home) => sessionOf(home.user.id);
const sessionOf = async (userId: string) => {
  const sid = crypto.randomUUID().replaceAll("-", "").repeat(2);
  const sess = { cookie: {}, passport: { user: userId }, startedAt: new Date().toISOString() };
  await db.execute(
    sql`insert into sessions (sid, sess, expire) values (${sid}, ${JSON.stringify(sess)}::jsonb, now() + interval '1 hour')`,
  );
  return sid;
};

/** Of the member who was made last: the two stand in one address. */
const lastIn = async ({ account }: Home) => {
  const ofAccount = eq(members.accountId, account.id);
  const [last] = await db.select().from(members).where(ofAccount).orderBy(desc(members.createdAt)).limit(1);
  return last!.userId!;
};
const sessionOfLast = async (home: Home) => sessionOf(await lastIn(home));

const trustedDeviceOf = async (userId: string) => {
  const values = { userId, hash: crypto.randomUUID(), basis: "", endsAt: new Date(Date.now() + 60_000) };
  return (await db.insert(trustedDevices).values(values).returning())[0]!.id;
};
const trustedDevice = ({ user }: Home) => trustedDeviceOf(user.id);
const trustedDeviceOfLast = async (home: Home) => trustedDeviceOf(await lastIn(home));

const passkey = async ({ user }: Home) => {
  const values = { userId: user.id, credentialId: crypto.randomUUID(), publicKey: "", label: "Hello" };
  return (await db.insert(passkeys).values(values).returning())[0]!.id;
};

/** The visitor's place in another account. */
const place = async (home: Home) => {
  const row = await create.member(await create.account(), home.user);
  await create.grant(row, { systemRole: "viewer" });
  return row;
};

/** An account of the visitor's that was deleted, and can be restored. */
const deletedAccount = async (home: Home) => {
  const account = await create.account({ deletedAt: new Date() });
  await create.grant(await create.member(account, home.user), { systemRole: "owner" });
  return account.id;
};

/** A picture of an account. */
const logo = async () => {
  const accountId = (await create.account()).id;
  const picture = { bytes: "iVBORw0KGgo=", type: "image/png" as const, width: 1, height: 1 };
  const [row] = await db
    .insert(accountLogos)
    .values({ accountId, ...picture, hash: crypto.randomUUID().replaceAll("-", "").repeat(2) })
    .returning();
  return row!.hash;
};

/** A mail in the built-in inbox. */
const letter = async () => {
  const [id, at] = [crypto.randomUUID(), new Date().toISOString()];
  const rest = { messageId: "", headers: {}, raw: "" };
  inbox.mails.unshift({
    id,
    to: "ana@elsewhere.test",
    subject: "Hello",
    text: "Hello",
    html: "<p>Hello</p>",
    at,
    ...rest,
  });
  useInbox(inbox);
  return id;
};

const names = new NameServer(new Zones());

/** A zone in the built-in name server, with one record. */
const zoneHere = () => {
  useNameServer(names);
  return names.zones.put(`${crypto.randomUUID()}.test`, ["ns1.muster-dns.test"], [["@", "TXT", "Hello"]]);
};

/** A report with its file, or one that waits for its turn. */
const report = (status: "queued" | "done") => async (home: Home) => {
  const scope: ReportScope = { filter: "status=active", memberIds: [], mailboxIds: "all", personal: false, bom: false };
  const over = { finishedAt: new Date(), expiresAt: new Date(Date.now() + 86_400_000), done: 1, total: 1 };
  const values = { accountId: home.account.id, format: "csv", scope, status, orderedBy: home.user.id } as const;
  const [row] = await db
    .insert(reports)
    .values({ ...values, ...(status === "done" ? over : {}) })
    .returning();
  const file = { name: "users.csv", mediaType: "text/csv", days: 7 };
  if (status === "done") {
    const order = { accountId: home.account.id, kind: "report" as const, subjectId: row!.id, ...file };
    await storeFile(order, [Buffer.from("Hello\r\n")] as never);
  }
  return row!.id;
};

/** A job that the queue has given up on. */
const failedJob = async () => {
  const [job] = await db.execute<{ id: string }>(
    sql`select id::text from graphile_worker.add_job('expire_invites', max_attempts := 1, run_at := now() + interval '1 year')`,
  );
  await db.execute(
    sql`update graphile_worker._private_jobs set attempts = 1, last_error = 'Hello' where id = ${job!.id}`,
  );
  return job!.id;
};
const bouncedMail = async () => {
  const values = { kind: "mail_test", subjectId: crypto.randomUUID(), status: "bounced", reply: "Hello" } as const;
  const [mail] = await db.insert(mails).values(values).returning();
  return mail!.id;
};

/** A client with a secret that nobody knows, and a refresh token of it. */
const apiClient = async ({ account, user }: Home) =>
  (await programOf(account, user, undefined, { name: "Hello" })).client.id;
const refreshToken = async (home: Home) => {
  const { id: clientId } = (await programOf(home.account, home.user, undefined, { name: "Hello" })).client;
  const { hash, hint } = makeSecret("refresh");
  const row = { accountId: home.account.id, clientId, kind: "refresh", label: "Hello", hash, hint } as const;
  const [token] = await db
    .insert(apiTokens)
    .values({ ...row, scopes: ["users.view"], expiresAt: new Date(Date.now() + 86_400_000) })
    .returning();
  return token!.id;
};
/** A webhook in this state, and a delivery of the one that was made last: the two stand in one address. */
const webhook =
  (status: WebhookStatus = "active") =>
  async ({ account, user }: Home) => {
    const url = `https://${crypto.randomUUID().slice(0, 8)}.receivers.test/hooks/muster`;
    const values = {
      accountId: account.id,
      url,
      about: "Desk 0a1b2c3d",
      secret: seal(newSecret()),
      createdBy: user.id,
    };
    const [row] = await db
      .insert(webhooks)
      .values({ ...values, status })
      .returning();
    return row!.id;
  };
const delivery = async ({ account, user }: Home) => {
  const [hook] = await db
    .select()
    .from(webhooks)
    .where(eq(webhooks.accountId, account.id))
    .orderBy(desc(webhooks.createdAt))
    .limit(1);
  const subject = { type: "role", id: crypto.randomUUID(), label: "Desk 0a1b2c3d" };
  const data = { id: 1, accountId: account.id, actor: { id: user.id, label: user.email }, subject };
  const payload = { type: "role.created", timestamp: new Date().toISOString(), data };
  const of = { accountId: account.id, webhookId: hook!.id, eventId: Date.now(), type: "role.created", payload };
  const [row] = await db
    .insert(webhookDeliveries)
    .values({ ...of, status: "failed", attempts: 1, finishedAt: new Date() })
    .returning();
  const answer = { status: 500, responseHeaders: { "x-why": "Hello" }, responseBody: "Hello", milliseconds: 12 };
  await db
    .insert(webhookAttempts)
    .values({ accountId: account.id, deliveryId: row!.id, attempt: 1, requestHeaders: {}, ...answer });
  return row!.id;
};

/** What a parameter means under a path; the first that fits counts, so the special ones stand first. */
const meanings: Meaning[] = [
  { path: /^\/admin\/invitations\/:id\/send/, parameter: "id", scope: "account", make: memberIn("draft") },
  { path: /^\/admin\/invitations\/:id/, parameter: "id", scope: "account", make: memberIn("invited") },
  { path: /^\/admin\/users\/:id\/grants\//, parameter: "grantId", scope: "account", make: grantOfLast },
  { path: /^\/admin\/users\/:id\/invitation/, parameter: "id", scope: "account", make: memberIn("draft") },
  {
    path: /^\/admin\/users\/:id\/(resend|revocation|link)/,
    parameter: "id",
    scope: "account",
    make: memberIn("invited"),
  },
  { path: /^\/admin\/users\/:id\/password-/, parameter: "id", scope: "account", make: corporate(true) },
  {
    path: /^\/admin\/users\/:id\/(settings|address|release|sign-ins|sessions|trusted-devices|factor-reset|personal-mailbox)/,
    parameter: "id",
    scope: "account",
    make: corporate(false),
  },
  { path: /^\/admin\/users\/:id\/sessions/, parameter: "sessionId", scope: "account", make: sessionOfLast },
  { path: /^\/admin\/users\/:id\/trusted-/, parameter: "deviceId", scope: "account", make: trustedDeviceOfLast },
  { path: /^\/admin\/users\/:id\/restore/, parameter: "id", scope: "account", make: memberIn("removed") },
  { path: /^\/admin\/users\/:id\/unblock/, parameter: "id", scope: "account", make: memberIn("blocked") },
  { path: /^\/admin\/users\/:id(\/|$)/, parameter: "id", scope: "account", make: memberIn("active") },
  {
    path: /^\/admin\/offboardings\/:id\/cancellation/,
    parameter: "id",
    scope: "account",
    make: offboardingIn("planned"),
  },
  { path: /^\/admin\/offboardings\/:id/, parameter: "id", scope: "account", make: offboardingIn("done") },
  { path: /^\/admin\/roles\/:id(\/|$)/, parameter: "id", scope: "account", make: role },
  { path: /^\/admin\/mailboxes\/:id(\/|$)/, parameter: "id", scope: "account", make: mailbox },
  { path: /^\/admin\/connectors\/:id/, parameter: "id", scope: "account", make: connector },
  { path: /^\/admin\/connectors\/:connectorId/, parameter: "connectorId", scope: "account", make: connector },
  { path: /^\/admin\/domains\/:id\/activation/, parameter: "id", scope: "account", make: domainIn("verified") },
  { path: /^\/admin\/domains\/:id\/(run|undo)/, parameter: "id", scope: "account", make: domainIn("active") },
  { path: /^\/admin\/domains\/:id\/deactivation/, parameter: "id", scope: "account", make: domain(opened) },
  {
    path: /^\/admin\/domains\/:id\/unverification/,
    parameter: "id",
    scope: "account",
    make: domain({
      status: "verified",
      verifiedAt: new Date(),
      atRiskSince: new Date(),
      riskReason: { code: "no_answer" },
    }),
  },
  {
    path: /^\/admin\/domains\/:id\/claim/,
    parameter: "id",
    scope: "account",
    make: domain({ lapsedAt: new Date(), nextCheckAt: null }),
  },
  { path: /^\/admin\/domains\/:id(\/|$)/, parameter: "id", scope: "account", make: domain() },
  { path: /^\/admin\/webhooks\/:id\/enabling/, parameter: "id", scope: "account", make: webhook("paused") },
  { path: /^\/admin\/webhooks\/:id(\/|$)/, parameter: "id", scope: "account", make: webhook() },
  { path: /^\/admin\/webhooks\//, parameter: "deliveryId", scope: "account", make: delivery },
  { path: /^\/admin\/imports\/:id\/files\/:kind$/, parameter: "id", scope: "account", make: importWithFile },
  { path: /^\/admin\/imports\/:id\/files\/:kind$/, parameter: "kind", scope: "secret", make: async () => "annotated" },
  {
    path: /^\/admin\/mailboxes\/:mailboxId\/(aliases|forwards)\/:/,
    parameter: "mailboxId",
    scope: "account",
    make: deliveryBox,
  },
  { path: /^\/admin\//, parameter: "aliasId", scope: "account", make: alias },
  { path: /^\/admin\//, parameter: "forwardId", scope: "account", make: forward },
  { path: /^\/admin\//, parameter: "groupId", scope: "account", make: mailGroup },
  { path: /^\/(instance|admin\/subscription)\/plans\/:planId/, parameter: "planId", scope: "secret", make: plan },
  {
    path: /^\/instance\/administrators/,
    parameter: "userId",
    scope: "secret",
    make: async () => (await create.user({ instanceAdmin: true })).id,
  },
  { path: /^\/instance\/operations\/jobs/, parameter: "jobId", scope: "secret", make: failedJob },
  { path: /^\/instance\/operations\/mails/, parameter: "mailId", scope: "secret", make: bouncedMail },
  {
    path: /^\/instance\/accounts\/:accountId\/restoration/,
    parameter: "accountId",
    scope: "secret",
    make: async () => (await create.account({ name: "Hello", suspendedAt: new Date(), suspendedReason: "Hello" })).id,
  },
  {
    path: /^\/instance\/accounts\/:accountId/,
    parameter: "accountId",
    scope: "secret",
    make: async () => (await create.account({ name: "Hello" })).id,
  },
  { path: /^\/admin\/reports\/:id\/cancel/, parameter: "id", scope: "account", make: report("queued") },
  { path: /^\/admin\/reports\/:id/, parameter: "id", scope: "account", make: report("done") },
  // A number within the report: every report has a first file.
  { path: /^\/admin\/reports\/:id\/files/, parameter: "part", scope: "secret", make: async () => "1" },
  { path: /^\/admin\/imports\/:id\/check/, parameter: "id", scope: "account", make: importIn("failed") },
  {
    path: /^\/admin\/imports\/:id\/resume/,
    parameter: "id",
    scope: "account",
    make: startable("failed", { startedAt: new Date() }),
  },
  {
    path: /^\/admin\/imports\/:id\/(start|cancel|people)/,
    parameter: "id",
    scope: "account",
    make: startable("checked"),
  },
  { path: /^\/admin\/imports\/:id(\/|$)/, parameter: "id", scope: "account", make: importIn("checked") },
  // Numbers within the mailbox.
  { path: /^\/admin\/mailboxes\/:(mailboxId|id)\/messages/, parameter: "uid", scope: "secret", make: async () => "1" },
  { path: /^\/admin\/mailboxes\/:mailboxId\/messages/, parameter: "part", scope: "secret", make: async () => "1" },
  { path: /^\/admin\/api-clients\/:id/, parameter: "id", scope: "account", make: apiClient },
  { path: /^\/admin\/api-clients\/tokens/, parameter: "refreshId", scope: "account", make: refreshToken },
  { path: /^\/admin\//, parameter: "memberId", scope: "account", make: memberIn("active") },
  { path: /\/:mailboxId\/(re)?connection/, parameter: "mailboxId", scope: "account", make: imapMailbox },
  { path: /\/removal\/restoration$/, parameter: "mailboxId", scope: "account", make: deletedMailbox },
  { path: /^\/admin\//, parameter: "mailboxId", scope: "account", make: mailbox },
  { path: /^\/admin\//, parameter: "passwordId", scope: "account", make: boxPassword },
  { path: /^\/admin\//, parameter: "roleId", scope: "account", make: role },
  { path: /^\/admin\//, parameter: "grantId", scope: "account", make: grant },
  {
    path: /^\/profile\/invites\/:id\/leav/,
    parameter: "id",
    scope: "person",
    make: async (home) => (await place(home)).id,
  },
  { path: /^\/profile\/invites\/:id/, parameter: "id", scope: "person", make: inviteFor },
  { path: /^\/profile\/security\/passkeys/, parameter: "passkeyId", scope: "person", make: passkey },
  { path: /^\/profile\/security\/trusted-devices/, parameter: "deviceId", scope: "person", make: trustedDevice },
  { path: /^\/profile\/(security|sessions)\//, parameter: "id", scope: "person", make: session },
  { path: /^\/profile\/app-passwords/, parameter: "passwordId", scope: "person", make: appPassword },
  { path: /^\/profile\/notifications\/:id/, parameter: "id", scope: "person", make: bell },
  { path: /^\/accounts\/:id\/restore/, parameter: "id", scope: "person", make: deletedAccount },
  { path: /^\/accounts\/:id/, parameter: "id", scope: "person", make: async (home) => (await place(home)).accountId },
  { path: /^\/dev\/dns\/zones\/:id/, parameter: "id", scope: "secret", make: async () => zoneHere().id },
  { path: /^\/dev\/dns\/records\/:id/, parameter: "id", scope: "secret", make: async () => zoneHere().records[0]!.id },
  { path: /^\/logos\/:hash/, parameter: "hash", scope: "secret", make: logo },
  { path: /^\/dev\/inbox\/:id/, parameter: "id", scope: "secret", make: letter },
  { path: /^\/invitations\/:token/, parameter: "token", scope: "secret", make: secret("invitation") },
  { path: /^\/register\/:token/, parameter: "token", scope: "secret", make: secret("registration") },
  { path: /^\/release\/:token/, parameter: "token", scope: "secret", make: secret("release") },
  { path: /^\/reset\/:token/, parameter: "token", scope: "secret", make: secret("password_reset") },
  { path: /^\/address\/:token/, parameter: "token", scope: "secret", make: secret("address_change") },
];

export const parametersOf = (path: string): string[] => [...path.matchAll(/:(\w+)/g)].map(([, name]) => name!);

/** What a route's parameter stands for. A route with one that nobody knows fails the sweeps until it is told here. */
export function meaningOf(path: string, parameter: string): Meaning {
  const found = meanings.find((meaning) => meaning.parameter === parameter && meaning.path.test(path));
  if (!found)
    throw new Error(`No sample for :${parameter} of ${path}. Say in test/support/samples.ts what it stands for.`);
  return found;
}

/** A fresh, fitting thing for every parameter of the path. */
export async function samplesFor(path: string, home: Home): Promise<Record<string, string>> {
  const ids: Record<string, string> = {};
  for (const parameter of parametersOf(path)) ids[parameter] = await meaningOf(path, parameter).make(home);
  return ids;
}

export const fill = (path: string, ids: Record<string, string>): string =>
  path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(ids[name]!));
