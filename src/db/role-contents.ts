/** What is in a role, and since when: nothing is deleted, contents end. */
import { sql } from "drizzle-orm";
import { foreignKey, pgTable, text, uniqueIndex, uuid } from "drizzle-orm/pg-core";
import type { Permission, SystemRole } from "../access/permissions.ts";
import { at, id } from "./columns.ts";
import { roles, users } from "./schema.ts";

export const rolePermissions = pgTable(
  "role_permissions",
  {
    id: id(),
    accountId: uuid("account_id").notNull(),
    roleId: uuid("role_id").notNull(),
    permission: text("permission").$type<Permission>().notNull(),
    startedAt: at("started_at").notNull().defaultNow(),
    startedBy: uuid("started_by").references(() => users.id),
    endedAt: at("ended_at"),
    endedBy: uuid("ended_by").references(() => users.id),
  },
  (t) => [
    foreignKey({ columns: [t.accountId, t.roleId], foreignColumns: [roles.accountId, roles.id] }),
    uniqueIndex("role_permissions_current").on(t.roleId, t.permission).where(sql`ended_at is null`),
  ],
);

/** What each system role held when: written by the release step whenever the catalogue changes. */
export const systemRolePermissions = pgTable(
  "system_role_permissions",
  {
    id: id(),
    systemRole: text("system_role").$type<SystemRole>().notNull(),
    permission: text("permission").$type<Permission>().notNull(),
    startedAt: at("started_at").notNull().defaultNow(),
    endedAt: at("ended_at"),
  },
  (t) => [uniqueIndex("system_role_permissions_current").on(t.systemRole, t.permission).where(sql`ended_at is null`)],
);
