/**
 * The foundation plan. Every table of a tenant carries account_id, and references inside an account are pairs
 * (account_id, id): the database itself refuses a neighbour's role, mailbox or member (T50).
 * Nothing that ever gave a right is deleted: grants and role contents end (when, by whom).
 */
import { sql } from "drizzle-orm";
import {
  boolean,
  check,
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
import type { Level, Permission, SystemRole } from "../access/permissions.ts";
import type { MailStatus } from "../mail/outbox.ts";
import type { NotificationChoices } from "../notifications/kinds.ts";
import { at, createdAt, id, version } from "./columns.ts";
import { plans } from "./plans.ts";

export * from "./api.ts";
export * from "./boxes.ts";
export * from "./connectors.ts";
export * from "./domains.ts";
export * from "./factors.ts";
export * from "./files.ts";
export * from "./imports.ts";
export * from "./leaving.ts";
export * from "./ledger.ts";
export * from "./plans.ts";
export * from "./reports.ts";
export * from "./role-contents.ts";
export * from "./seals.ts";
export * from "./webhooks.ts";

export const memberStatuses = [
  "draft",
  "invited",
  "active",
  "blocked",
  "waiting",
  "declined",
  "revoked",
  "expired",
  "removed",
] as const;
export type MemberStatus = (typeof memberStatuses)[number];

/** How a grant came to be; `sourceId` points at the event, import or token behind it. */
export type GrantSource = "direct" | "invitation" | "registration" | "activation" | "import" | "api" | "system";

export const instanceSettings = pgTable("instance_settings", {
  id: integer("id").primaryKey().default(1),
  name: text("name").notNull().default("Muster"),
  registrationOpen: boolean("registration_open").notNull().default(true),
  invitationDays: integer("invitation_days").notNull().default(7),
  phoneEnabled: boolean("phone_enabled").notNull().default(false),
  defaultRegion: text("default_region").notNull().default("US"),
  languages: text("languages").array().notNull().default(sql`'{en,de}'`),
  sessionIdleMinutes: integer("session_idle_minutes").notNull().default(60),
  sessionHours: integer("session_hours").notNull().default(12),
  /** What domains are checked against: where their mail should go, and who may send it. Empty: not checked. */
  mxHosts: text("mx_hosts").array().notNull().default(sql`'{}'`),
  spfInclude: text("spf_include").notNull().default(""),
  dkimSelector: text("dkim_selector").notNull().default("muster"),
  /** Whom alarms are mailed to; empty: to the instance's administrators. */
  alarmRecipients: text("alarm_recipients").array().notNull().default(sql`'{}'`),
  version: version(),
});

export const accounts = pgTable("accounts", {
  id: id(),
  name: text("name").notNull(),
  kind: text("kind").$type<"personal" | "company">().notNull(),
  /** A38: whether newcomers of its domains get a personal mailbox, and with which mailbox role (a system role's key or a role's id). */
  personalMailboxes: boolean("personal_mailboxes").notNull().default(false),
  personalMailboxRole: text("personal_mailbox_role").notNull().default("mailbox_owner"),
  /** Whether its corporate users may edit their own profile. */
  ownProfiles: boolean("own_profiles").notNull().default(true),
  /** None: the instance's default plan. */
  planId: uuid("plan_id").references(() => plans.id),
  /** From when on nobody works in it without a second factor; none: it is not asked for. */
  secondFactorFrom: at("second_factor_from"),
  /** Stricter than the instance's; none: as the instance says. */
  sessionIdleMinutes: integer("session_idle_minutes"),
  sessionHours: integer("session_hours"),
  suspendedAt: at("suspended_at"),
  suspendedReason: text("suspended_reason"),
  version: version(),
  createdAt: createdAt(),
  deletedAt: at("deleted_at"),
  deletedBy: uuid("deleted_by"),
});

export const users = pgTable(
  "users",
  {
    id: id(),
    email: text("email").notNull().unique(),
    emailProvenAt: at("email_proven_at"),
    firstName: text("first_name").notNull().default(""),
    lastName: text("last_name").notNull().default(""),
    passwordHash: text("password_hash"),
    locale: text("locale").$type<"en" | "de">().notNull().default("en"),
    timeZone: text("time_zone").notNull().default("UTC"),
    /** Whose formats of dates and numbers: an ISO 3166 country, or empty for the language's own. */
    region: text("region").notNull().default(""),
    /** E.164; kept while the instance has phones switched off (D15). */
    phone: text("phone"),
    defaultMailboxId: uuid("default_mailbox_id"),
    corporateAccountId: uuid("corporate_account_id").references(() => accounts.id),
    corporateSince: at("corporate_since"),
    /** The activation that took the person in; none where they were created, registered or invited. */
    corporateRunId: uuid("corporate_run_id"),
    notifications: jsonb("notifications").$type<NotificationChoices>().notNull().default({}),
    instanceAdmin: boolean("instance_admin").notNull().default(false),
    disabledAt: at("disabled_at"),
    /** Erased on their own wish: no name, no address, no sign-in. */
    erasedAt: at("erased_at"),
    lastSignInAt: at("last_sign_in_at"),
    lastAccountId: uuid("last_account_id"),
    version: version(),
    createdAt: createdAt(),
  },
  (t) => [
    index("users_corporate").on(t.corporateAccountId),
    index("users_by_domain").on(sql`split_part(email, '@', 2)`, t.id),
    index("users_by_run").on(t.corporateRunId, t.id).where(sql`corporate_run_id is not null`),
    check("users_email_canonical", sql`${t.email} = lower(${t.email}) and ${t.email} = btrim(${t.email})`),
  ],
);

const listed = sql`status <> 'removed'`;

/** The address, name and last sign-in are kept here too, so that the users list is one table with one keyset index. */
export const members = pgTable(
  "members",
  {
    id: id(),
    accountId: uuid("account_id")
      .notNull()
      .references(() => accounts.id),
    userId: uuid("user_id").references(() => users.id),
    email: text("email").notNull(),
    emailDomain: text("email_domain").generatedAlwaysAs(sql`split_part(email, '@', 2)`),
    firstName: text("first_name").notNull().default(""),
    lastName: text("last_name").notNull().default(""),
    sortName: text("sort_name")
      .notNull()
      .generatedAlwaysAs(sql`lower(coalesce(nullif(btrim(first_name || ' ' || last_name), ''), email))`),
    haystack: text("haystack").notNull().generatedAlwaysAs(sql`lower(first_name || ' ' || last_name || ' ' || email)`),
    corporate: boolean("corporate").notNull().default(false),
    status: text("status", { enum: memberStatuses }).notNull(),
    statusBefore: text("status_before", { enum: memberStatuses }),
    invitedBy: uuid("invited_by").references(() => users.id),
    invitedAt: at("invited_at"),
    expiresAt: at("expires_at"),
    remindedAt: at("reminded_at"),
    message: text("message").notNull().default(""),
    delivery: text("delivery").$type<MailStatus>(),
    deliveryReply: text("delivery_reply"),
    joinedAt: at("joined_at"),
    endedAt: at("ended_at"),
    /** A guest until then; and when they and whoever invited them were told that it comes to an end. */
    guestUntil: at("guest_until"),
    guestToldAt: at("guest_told_at"),
    /** Since when the status is what it is; null: since the member was made. The database keeps it (`note_past_states`). */
    statusSince: at("status_since"),
    lastSignInAt: at("last_sign_in_at"),
    // Whether they can open any mailbox. Kept by the database (`note_mailbox_access`).
    mailboxAccess: boolean("mailbox_access").notNull().default(false),
    runId: uuid("run_id"),
    /** When they came in without the personal mailbox that the account gives, for the plan was full. */
    noRoomAt: at("no_room_at"),
    version: version(),
    createdAt: createdAt(),
  },
  (t) => [
    unique("members_account_id").on(t.accountId, t.id),
    uniqueIndex("members_account_email")
      .on(t.accountId, t.email)
      .where(sql`status not in ('removed', 'declined', 'revoked', 'expired')`),
    uniqueIndex("members_account_user")
      .on(t.accountId, t.userId)
      .where(sql`status not in ('removed', 'declined', 'revoked', 'expired')`),
    // The users list walks these in either direction. Removed members are not in them: they are asked for by status.
    index("members_by_created").on(t.accountId, t.createdAt, t.id).where(listed),
    index("members_by_name").on(t.accountId, sql`sort_name collate "C"`, t.id).where(listed),
    index("members_by_email").on(t.accountId, sql`email collate "C"`, t.id).where(listed),
    index("members_by_sign_in").on(t.accountId, sql`coalesce(last_sign_in_at, '-infinity')`, t.id).where(listed),
    index("members_by_status").on(t.accountId, t.status, t.createdAt, t.id),
    index("members_by_domain").on(t.accountId, t.emailDomain, t.createdAt, t.id),
    index("members_without_mailbox")
      .on(t.accountId, t.createdAt, t.id)
      .where(sql`status <> 'removed' and not mailbox_access`),
    index("members_by_user").on(t.userId),
    // The few that nobody has registered for yet: invitations and drafts, found by address whatever account they are of.
    index("members_unregistered").on(t.email).where(sql`user_id is null`),
    // The address first: where most accounts have one member, an index that begins with the account passes for as good as
    // unique, and every reference to a member would read all of the account's.
    index("members_of_address").on(t.email, t.accountId),
    index("members_pending_email").on(t.email).where(sql`status = 'invited'`),
    index("members_guests").on(t.guestUntil).where(sql`guest_until is not null`),
    index("members_guests_of_account").on(t.accountId, t.guestUntil, t.id).where(sql`guest_until is not null`),
    index("members_expiring").on(t.expiresAt).where(sql`status in ('draft', 'invited')`),
    // Invitations whose mail did not arrive: few, and asked for by name.
    index("members_undelivered")
      .on(t.accountId, t.createdAt, t.id)
      .where(sql`status = 'invited' and delivery in ('bounced', 'failed')`),
    index("members_haystack").using("gin", sql`haystack gin_trgm_ops`),
  ],
);

/** Which mailboxes have an address of ours: each is given out once. `on conflict (address)` names it. */
export const nativeAddress = sql`kind = 'native' and gone_at is null`;

export const mailboxes = pgTable(
  "mailboxes",
  {
    id: id(),
    accountId: uuid("account_id")
      .notNull()
      .references(() => accounts.id),
    kind: text("kind").$type<"native" | "imap">().notNull().default("native"),
    name: text("name").notNull(),
    address: text("address").notNull(),
    personalUserId: uuid("personal_user_id").references(() => users.id),
    runId: uuid("run_id"),
    /** Of a native one; null: as much as its server allows. */
    quotaMegabytes: integer("quota_megabytes"),
    archivedAt: at("archived_at"),
    /** Deleted: archived as well, hidden, and restored for 30 days; then it is gone, and its address free again. */
    deletedAt: at("deleted_at"),
    deletedBy: uuid("deleted_by").references(() => users.id),
    goneAt: at("gone_at"),
    version: version(),
    createdAt: createdAt(),
  },
  (t) => [
    unique("mailboxes_account_id").on(t.accountId, t.id),
    // What is hosted elsewhere says which address it has; only ours are given out once.
    uniqueIndex("mailboxes_native_address").on(t.address).where(nativeAddress),
    uniqueIndex("mailboxes_imap_address").on(t.accountId, t.address).where(sql`kind = 'imap' and deleted_at is null`),
    index("mailboxes_deleted").on(t.deletedAt).where(sql`deleted_at is not null`),
    index("mailboxes_by_name").on(t.accountId, t.name, t.id),
    index("mailboxes_in_use").on(t.accountId).where(sql`archived_at is null`),
  ],
);

/** Custom roles only: system roles are code (access/permissions.ts) and are granted by their key. */
export const roles = pgTable(
  "roles",
  {
    id: id(),
    accountId: uuid("account_id")
      .notNull()
      .references(() => accounts.id),
    level: text("level").$type<Level>().notNull(),
    name: text("name").notNull(),
    about: text("about").notNull().default(""),
    version: version(),
    createdAt: createdAt(),
    createdBy: uuid("created_by").references(() => users.id),
    endedAt: at("ended_at"),
    endedBy: uuid("ended_by").references(() => users.id),
  },
  (t) => [
    unique("roles_account_id").on(t.accountId, t.id),
    unique("roles_account_level").on(t.accountId, t.id, t.level),
    uniqueIndex("roles_name").on(t.accountId, t.level, sql`lower(name)`).where(sql`ended_at is null`),
  ],
);

/** What the index `grants_current` holds once: `on conflict` names it where nothing else can be there already. */
export const currentGrant = sql`(member_id, coalesce(mailbox_id::text, ''), coalesce(system_role, role_id::text, permission)) where ended_at is null`;

const singly = (ended: string) => sql.raw(`${ended} and permission is not null and mailbox_id is null`);

/** One system role, one custom role or one permission, for a member, on the account or on one mailbox. */
export const grants = pgTable(
  "grants",
  {
    id: id(),
    accountId: uuid("account_id").notNull(),
    memberId: uuid("member_id").notNull(),
    mailboxId: uuid("mailbox_id"),
    level: text("level")
      .$type<Level>()
      .notNull()
      .generatedAlwaysAs(sql`case when mailbox_id is null then 'account' else 'mailbox' end`),
    systemRole: text("system_role").$type<SystemRole>(),
    roleId: uuid("role_id"),
    permission: text("permission").$type<Permission>(),
    source: text("source").$type<GrantSource>().notNull(),
    sourceId: text("source_id"),
    grantedBy: uuid("granted_by").references(() => users.id),
    grantedAt: at("granted_at").notNull().defaultNow(),
    /** Held until then: a job ends it, with the reason "end date". */
    endsAt: at("ends_at"),
    endToldAt: at("end_told_at"),
    endedAt: at("ended_at"),
    endedBy: uuid("ended_by").references(() => users.id),
    endReason: text("end_reason"),
  },
  (t) => [
    foreignKey({ columns: [t.accountId, t.memberId], foreignColumns: [members.accountId, members.id] }),
    foreignKey({ columns: [t.accountId, t.mailboxId], foreignColumns: [mailboxes.accountId, mailboxes.id] }),
    foreignKey({
      columns: [t.accountId, t.roleId, t.level],
      foreignColumns: [roles.accountId, roles.id, roles.level],
    }),
    check("grants_one_thing", sql`num_nonnulls(system_role, role_id, permission) = 1`),
    uniqueIndex("grants_current")
      .on(t.memberId, sql`coalesce(mailbox_id::text, '')`, sql`coalesce(system_role, role_id::text, permission)`)
      .where(sql`ended_at is null`),
    index("grants_dated").on(t.accountId, t.endsAt, t.id).where(sql`ends_at is not null`),
    index("grants_ending").on(t.endsAt).where(sql`ends_at is not null and ended_at is null`),
    index("grants_ended_of_member").on(t.memberId).where(sql`ended_at is not null`),
    index("grants_by_mailbox").on(t.mailboxId, t.memberId).where(sql`ended_at is null`),
    index("grants_by_role").on(t.roleId, t.memberId).where(sql`ended_at is null`),
    index("grants_by_system_role").on(t.accountId, t.systemRole, t.memberId).where(sql`ended_at is null`),
    index("grants_by_permission").on(t.accountId, t.permission, t.memberId).where(singly("ended_at is null")),
    // The same of what has ended: who could, on a past date.
    index("grants_ended_by_role").on(t.roleId, t.memberId).where(sql`ended_at is not null and role_id is not null`),
    index("grants_ended_by_system_role")
      .on(t.accountId, t.systemRole, t.memberId)
      .where(sql`ended_at is not null and system_role is not null`),
    index("grants_ended_by_permission").on(t.accountId, t.permission, t.memberId).where(singly("ended_at is not null")),
    index("grants_ended_of_mailbox")
      .on(t.mailboxId, t.memberId)
      .where(sql`ended_at is not null and mailbox_id is not null`),
  ],
);
