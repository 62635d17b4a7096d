import { and, eq, isNull } from "drizzle-orm";
import type { Permission, SystemRole } from "../../src/access/permissions.ts";
import { hashPassword } from "../../src/auth/passwords.ts";
import { db } from "../../src/db/client.ts";
import {
  accounts,
  domains,
  events,
  grants,
  type MemberStatus,
  mailboxes,
  members,
  rolePermissions,
  roles,
  users,
} from "../../src/db/schema.ts";

/** Builders for the smallest world that a test needs. They write rows; everything that is tested goes through the door. */
export const password = "correct horse battery staple";
let hashed: Promise<string> | undefined;
let counter = 0;
const next = () => ++counter;

export type Account = typeof accounts.$inferSelect;
export type User = typeof users.$inferSelect;
export type Member = typeof members.$inferSelect;
export type Mailbox = typeof mailboxes.$inferSelect;
export type Role = typeof roles.$inferSelect;
export type Domain = typeof domains.$inferSelect;

export const create = {
  async account(values: Partial<typeof accounts.$inferInsert> = {}): Promise<Account> {
    const [row] = await db
      .insert(accounts)
      .values({ name: `Account ${next()}`, kind: "company", ...values })
      .returning();
    return row!;
  },

  async user(values: Partial<typeof users.$inferInsert> = {}): Promise<User> {
    hashed ??= hashPassword(password);
    const n = next();
    const [row] = await db
      .insert(users)
      .values({
        email: `user${n}@people.test`,
        firstName: "Person",
        lastName: `No ${n}`,
        emailProvenAt: new Date(),
        passwordHash: await hashed,
        ...values,
      })
      .returning();
    return row!;
  },

  /** A member; give `user` for a registered one. Active when registered, else invited. */
  async member(
    account: Account,
    user: User | null,
    values: Partial<typeof members.$inferInsert> = {},
  ): Promise<Member> {
    const status: MemberStatus = user ? "active" : "invited";
    const [row] = await db
      .insert(members)
      .values({
        accountId: account.id,
        userId: user?.id ?? null,
        email: user?.email ?? `guest${next()}@elsewhere.test`,
        firstName: user?.firstName ?? "",
        lastName: user?.lastName ?? "",
        status,
        joinedAt: user ? new Date() : null,
        ...values,
      })
      .returning();
    return row!;
  },

  async mailbox(account: Account, values: Partial<typeof mailboxes.$inferInsert> = {}): Promise<Mailbox> {
    const n = next();
    const [row] = await db
      .insert(mailboxes)
      .values({ accountId: account.id, name: `Mailbox ${n}`, address: `box${n}@muster.test`, ...values })
      .returning();
    return row!;
  },

  /** A claim as it stands right after it was made; give `status`, `verifiedAt` and `activatedAt` for one that went further. */
  async domain(account: Account, values: Partial<typeof domains.$inferInsert> = {}): Promise<Domain> {
    const name = values.name ?? `domain${next()}.test`;
    const [row] = await db
      .insert(domains)
      .values({
        accountId: account.id,
        name,
        shownName: name,
        token: crypto.randomUUID().replaceAll("-", ""),
        dkimSelector: "muster",
        dkimPublicKey: "bm90IGEga2V5",
        dkimPrivateKey: "test:bm90IGEga2V5",
        nextCheckAt: new Date(Date.now() + 86_400_000),
        ...values,
      })
      .returning();
    return row!;
  },

  async role(account: Account, level: "account" | "mailbox", name: string, permissions: Permission[]): Promise<Role> {
    const [row] = await db.insert(roles).values({ accountId: account.id, level, name }).returning();
    if (permissions.length > 0) {
      await db
        .insert(rolePermissions)
        .values(permissions.map((permission) => ({ accountId: account.id, roleId: row!.id, permission })));
    }
    return row!;
  },

  /** Gives a member one system role, custom role or permission, on the account or on a mailbox. */
  async grant(
    member: Member,
    what: { systemRole?: SystemRole; role?: Role; permission?: Permission },
    mailbox?: Mailbox,
  ) {
    const [row] = await db
      .insert(grants)
      .values({
        accountId: member.accountId,
        memberId: member.id,
        mailboxId: mailbox?.id ?? null,
        systemRole: what.systemRole,
        roleId: what.role?.id,
        permission: what.permission,
        source: "direct",
      })
      .returning();
    return row!;
  },

  /** An active member of the account, registered, who holds these system roles or single permissions on the account. */
  async colleague(
    account: Account,
    held: (SystemRole | Permission)[] = [],
    values: Partial<typeof users.$inferInsert> = {},
  ) {
    const user = await create.user(values);
    const member = await create.member(account, user);
    for (const what of held) {
      await create.grant(
        member,
        what.includes(".") ? { permission: what as Permission } : { systemRole: what as SystemRole },
      );
    }
    return { user, member };
  },
};

export async function reloadMember(id: string): Promise<Member> {
  const [row] = await db.select().from(members).where(eq(members.id, id));
  return row!;
}

/** A member's current grants, shortened: `viewer`, `users.view`, `mailbox_reader@<mailbox id>`. */
export async function grantsOf(memberId: string): Promise<string[]> {
  const rows = await db
    .select()
    .from(grants)
    .where(and(eq(grants.memberId, memberId), isNull(grants.endedAt)));
  return rows
    .map((row) => `${row.systemRole ?? row.roleId ?? row.permission}${row.mailboxId ? `@${row.mailboxId}` : ""}`)
    .sort();
}

export async function eventsOf(accountId: string): Promise<string[]> {
  const rows = await db
    .select({ name: events.name })
    .from(events)
    .where(eq(events.accountId, accountId))
    .orderBy(events.id);
  return rows.map((row) => row.name);
}

/** The same without who signed in: what was changed. */
export const changesOf = async (accountId: string): Promise<string[]> =>
  (await eventsOf(accountId)).filter((name) => name !== "user.signed_in");
