/** Domains of accounts, every check of them, and the runs that take people in and let them go again. */
import { sql } from "drizzle-orm";
import {
  bigint,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  text,
  unique,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import { at, createdAt, id, version } from "./columns.ts";
import { accounts, users } from "./schema.ts";

/** `suspended` holds back A40/A41 only, until the next good check returns the domain to `statusBefore` (X9). */
export const domainStatuses = ["unverified", "verified", "active", "suspended"] as const;
export type DomainStatus = (typeof domainStatuses)[number];

export const checkKinds = ["ownership", "mx", "spf", "dkim", "cname"] as const;
export type CheckKind = (typeof checkKinds)[number];

/**
 * `missing` and `wrong` are what authoritative servers said. `unclear` is a time-out, a server's failure or servers that
 * do not agree yet: it never counts as gone (X8, T25). `skipped`: this instance is not set up for that check.
 */
export type CheckResult = "ok" | "missing" | "wrong" | "unclear" | "skipped";

/**
 * A claim on a DNS name. A deleted one stays, with `endedAt`: its token is an old token of ours (X8). The name is an
 * A-label in lower case, `shownName` what was typed. `token` is public by nature: it is published in DNS.
 */
export const domains = pgTable(
  "domains",
  {
    id: id(),
    accountId: uuid("account_id")
      .notNull()
      .references(() => accounts.id),
    name: text("name").notNull(),
    shownName: text("shown_name").notNull(),
    status: text("status", { enum: domainStatuses }).notNull().default("unverified"),
    statusBefore: text("status_before", { enum: domainStatuses }),
    token: text("token").notNull(),
    /** Tokens of this claim's earlier names and verifications. */
    oldTokens: text("old_tokens").array().notNull().default(sql`'{}'`),
    provenBy: text("proven_by").$type<"txt" | "cname">(),
    claimedAt: at("claimed_at").notNull().defaultNow(),
    verifiedAt: at("verified_at"),
    activatedAt: at("activated_at"),
    deactivatedAt: at("deactivated_at"),
    /** The claim was not proven within 14 days: nothing checks it any more until it is claimed again. */
    lapsedAt: at("lapsed_at"),
    atRiskSince: at("at_risk_since"),
    /** Why it is at risk or suspended, as a key of the doctor's sentences, with what was found. */
    riskReason: jsonb("risk_reason").$type<{ code: string; values?: Record<string, string> }>(),
    /** Authoritative absences in a row, since `atRiskSince`. */
    absences: integer("absences").notNull().default(0),
    suspendedAt: at("suspended_at"),
    lastCheckAt: at("last_check_at"),
    nextCheckAt: at("next_check_at").defaultNow(),
    /** "Check now" was pressed: at most once a minute. */
    askedAt: at("asked_at"),
    dkimSelector: text("dkim_selector").notNull(),
    /** Base64 of the SubjectPublicKeyInfo, as it stands in the record's `p=`. */
    dkimPublicKey: text("dkim_public_key").notNull(),
    /** PEM, encrypted with the first of ENCRYPTION_KEYS: `key id:base64`. */
    dkimPrivateKey: text("dkim_private_key").notNull(),
    version: version(),
    createdAt: createdAt(),
    createdBy: uuid("created_by").references(() => users.id),
    endedAt: at("ended_at"),
    endedBy: uuid("ended_by").references(() => users.id),
  },
  (t) => [
    unique("domains_account_id").on(t.accountId, t.id),
    uniqueIndex("domains_account_name").on(t.accountId, t.name).where(sql`ended_at is null`),
    // T21: of two accounts that have proven the same name, one can be open for users.
    uniqueIndex("domains_one_active").on(t.name).where(sql`status = 'active' and ended_at is null`),
    index("domains_by_name").on(t.name).where(sql`ended_at is null`),
    // X8: whose token is it that stands there instead of this one?
    index("domains_by_token").on(t.token),
    index("domains_by_old_token").using("gin", t.oldTokens),
    index("domains_due").on(t.nextCheckAt).where(sql`ended_at is null and lapsed_at is null`),
  ],
);

/** Every check is kept (X9): what was asked for, what each server said, and what it means. */
export const domainChecks = pgTable(
  "domain_checks",
  {
    id: bigint("id", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    accountId: uuid("account_id").notNull(),
    domainId: uuid("domain_id").notNull(),
    kind: text("kind", { enum: checkKinds }).notNull(),
    result: text("result").$type<CheckResult>().notNull(),
    /** The doctor's finding, as a key of its sentences. */
    code: text("code").notNull(),
    values: jsonb("values").$type<Record<string, string>>().notNull().default({}),
    expected: jsonb("expected").$type<string[]>().notNull().default([]),
    /** Per server that was asked: its name, what it answered. */
    found: jsonb("found").$type<ServerAnswer[]>().notNull().default([]),
    askedBy: uuid("asked_by").references(() => users.id),
    at: at("at").notNull().defaultNow(),
  },
  (t) => [
    foreignKey({ columns: [t.accountId, t.domainId], foreignColumns: [domains.accountId, domains.id] }),
    index("domain_checks_by_domain").on(t.domainId, t.kind, t.id),
  ],
);

export interface ServerAnswer {
  /** Host name of the server, or host:port of a resolver. */
  server: string;
  authoritative: boolean;
  outcome: "records" | "none" | "no_such_name" | "failure" | "timeout";
  records: string[];
  /** Where CNAME records led, hop by hop. */
  aliases?: string[];
  /** What a failure was: `servfail`, `refused`, `lame`, `too_much`, `cname_loop`, `garbage`, `unreachable`, `unfinished`. */
  why?: string;
  /** Seconds that a resolver goes on answering "none" (negative cache), where it said so. */
  negativeTtl?: number;
}

/** `ended`: given up, because the domain was activated anew or the activation is being undone. */
export const runStatuses = ["running", "stopped", "done", "failed", "ended"] as const;

/** Whom a run did not find, or found besides the plan: addresses, the first of each, and how many there are. */
export interface Drift {
  came: string[];
  cameCount: number;
  went: string[];
  wentCount: number;
}
export type RunStatus = (typeof runStatuses)[number];

/**
 * One taking-in of the people of a domain, or its undoing: where it stands, for whoever picks it up (R16–R18). What it did
 * is marked where it was done: `users.corporate_run_id`, `members.run_id`, `mailboxes.run_id`.
 */
export const activationRuns = pgTable(
  "activation_runs",
  {
    id: id(),
    accountId: uuid("account_id").notNull(),
    domainId: uuid("domain_id").notNull(),
    kind: text("kind").$type<"activation" | "undo">().notNull(),
    /** The run that this one undoes. */
    undoesId: uuid("undoes_id"),
    status: text("status", { enum: runStatuses }).notNull().default("running"),
    /** What the plan said when it was confirmed, by category. */
    plan: jsonb("plan").$type<Record<string, number>>().notNull(),
    plannedAt: at("planned_at").notNull(),
    /** What was done, by the same categories. */
    result: jsonb("result").$type<Record<string, number>>().notNull().default({}),
    /** Named when the run is over, as far as it differs from the plan (X1). */
    drift: jsonb("drift").$type<Drift>(),
    /** The last user's id that is finished; batches go by id. */
    cursor: uuid("cursor"),
    /** Raised by whoever takes the run over: a worker with an older number changes nothing any more. */
    generation: integer("generation").notNull().default(0),
    done: integer("done").notNull().default(0),
    total: integer("total").notNull(),
    /** Why it stopped by itself: a word that the page explains. */
    error: text("error"),
    startedBy: uuid("started_by").references(() => users.id),
    startedAt: at("started_at").notNull().defaultNow(),
    /** Since when, and from where, it moves: for rate and time left. */
    wentOnAt: at("went_on_at").notNull().defaultNow(),
    wentOnFrom: integer("went_on_from").notNull().default(0),
    movedAt: at("moved_at").notNull().defaultNow(),
    finishedAt: at("finished_at"),
  },
  (t) => [
    foreignKey({ columns: [t.accountId, t.domainId], foreignColumns: [domains.accountId, domains.id] }),
    unique("activation_runs_account_id").on(t.accountId, t.id),
    uniqueIndex("activation_runs_one_open").on(t.domainId).where(sql`status in ('running', 'stopped')`),
    index("activation_runs_by_domain").on(t.domainId, t.startedAt),
  ],
);
