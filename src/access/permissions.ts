/**
 * Everything somebody may do. The only list: forms, filters, guards, system roles and the workbook derive from it.
 * A `mailbox` permission is held on one mailbox, or, when it comes with the account, on every mailbox of the account.
 * Source: requirements, matrix M1–M28 and "System roles".
 */
export const permissions = {
  "dashboard.view": { level: "account", section: "Dashboard", title: "View the dashboard" },
  "users.view": { level: "account", section: "Users", title: "View users" },
  "users.add": { level: "account", section: "Users", title: "Add users" },
  "users.change_role": { level: "account", section: "Users", title: "Change the role of a user" },
  "users.edit": { level: "account", section: "Users", title: "Edit roles and permissions of users" },
  "users.block": { level: "account", section: "Users", title: "Block and unblock users" },
  "users.delete": { level: "account", section: "Users", title: "Remove and restore users" },
  "users.create": { level: "account", section: "Users", title: "Create corporate users" },
  "invites.send": { level: "account", section: "Users", title: "Invite users" },
  "invites.revoke": { level: "account", section: "Users", title: "Revoke invitations" },
  "roles.view": { level: "account", section: "Roles", title: "View roles" },
  "roles.add": { level: "account", section: "Roles", title: "Create and copy roles" },
  "roles.edit": { level: "account", section: "Roles", title: "Edit roles" },
  "roles.delete": { level: "account", section: "Roles", title: "Delete roles" },
  "domains.view": { level: "account", section: "Domains", title: "View domains" },
  "domains.add": { level: "account", section: "Domains", title: "Add domains" },
  "domains.edit": { level: "account", section: "Domains", title: "Edit the name of a domain" },
  "domains.delete": { level: "account", section: "Domains", title: "Delete domains" },
  "domains.verify": { level: "account", section: "Domains", title: "Verify domains" },
  "domains.activate": { level: "account", section: "Domains", title: "Activate and deactivate domains" },
  "mailboxes.view": { level: "account", section: "Mailboxes", title: "View mailboxes" },
  "mailboxes.add": { level: "account", section: "Mailboxes", title: "Add mailboxes" },
  "mailboxes.edit": { level: "account", section: "Mailboxes", title: "Rename and archive mailboxes" },
  "mailboxes.delete": { level: "account", section: "Mailboxes", title: "Delete mailboxes" },
  "connectors.view": { level: "account", section: "Connectors", title: "View connectors" },
  "connectors.add": { level: "account", section: "Connectors", title: "Add connectors" },
  "connectors.edit": { level: "account", section: "Connectors", title: "Update connectors" },
  "connectors.delete": { level: "account", section: "Connectors", title: "Delete connectors" },
  "webhooks.view": { level: "account", section: "Webhooks", title: "View webhooks" },
  "webhooks.add": { level: "account", section: "Webhooks", title: "Add webhooks" },
  "webhooks.edit": { level: "account", section: "Webhooks", title: "Update webhooks" },
  "webhooks.delete": { level: "account", section: "Webhooks", title: "Delete webhooks" },
  "api_clients.view": { level: "account", section: "Authentication", title: "List refresh tokens, masked" },
  "api_clients.manage": { level: "account", section: "Authentication", title: "Generate client secrets and tokens" },
  "logs.view": { level: "account", section: "Logs", title: "View the logs of mailboxes" },
  "audit.view": { level: "account", section: "Logs", title: "View the audit log" },
  "imports.run": { level: "account", section: "Imports and reports", title: "Import users" },
  "reports.create": { level: "account", section: "Imports and reports", title: "Generate reports" },
  "subscription.view": { level: "account", section: "Subscription", title: "View the plan" },
  "subscription.change": { level: "account", section: "Subscription", title: "Change the plan" },
  "account.edit": { level: "account", section: "Account", title: "Edit account settings" },
  "account.delete": { level: "account", section: "Account", title: "Delete the account" },
  "messages.read": { level: "mailbox", section: "Messages", title: "Read messages" },
  "messages.send": { level: "mailbox", section: "Messages", title: "Send messages" },
  "messages.delete": { level: "mailbox", section: "Messages", title: "Delete messages" },
  "folders.manage": { level: "mailbox", section: "Messages", title: "Manage folders" },
  "mailbox.manage": { level: "mailbox", section: "Mailbox", title: "Manage the mailbox" },
  "members.grant": { level: "mailbox", section: "Mailbox", title: "Give others access to the mailbox" },
} as const satisfies Record<string, { level: Level; section: string; title: string }>;

export type Level = "account" | "mailbox";
export type Permission = keyof typeof permissions;

export const permissionKeys = Object.keys(permissions) as Permission[];
export const mailboxPermissionKeys = permissionKeys.filter((key) => permissions[key].level === "mailbox");
export const isPermission = (key: string): key is Permission => Object.hasOwn(permissions, key);

/** What may be granted at a level: everything on the account (mailbox permissions then count on every mailbox). */
export const permissionsAt = (level: Level): Permission[] =>
  level === "account" ? permissionKeys : mailboxPermissionKeys;

const views = permissionKeys.filter((key) => key.endsWith(".view") && key !== "audit.view");

/** The roles that exist in every account (A10); they cannot be edited, only copied. The key is also their id. */
export const systemRoles = {
  owner: { level: "account", title: "Owner", about: "Everything.", permissions: permissionKeys },
  admin: {
    level: "account",
    title: "Admin",
    about: "Everything but deleting the account and making Owners.",
    permissions: permissionKeys.filter((key) => key !== "account.delete"),
  },
  viewer: {
    level: "account",
    title: "Viewer",
    about: "Sees everything, changes nothing.",
    permissions: [...views, "messages.read"],
  },
  mailbox_owner: {
    level: "mailbox",
    title: "Mailbox owner",
    about: "Reads and writes, manages the mailbox and who has access.",
    permissions: mailboxPermissionKeys,
  },
  mailbox_editor: {
    level: "mailbox",
    title: "Mailbox editor",
    about: "Reads, writes and deletes messages, manages folders.",
    permissions: ["messages.read", "messages.send", "messages.delete", "folders.manage"],
  },
  mailbox_reader: {
    level: "mailbox",
    title: "Mailbox reader",
    about: "Reads messages.",
    permissions: ["messages.read"],
  },
} as const satisfies Record<string, { level: Level; title: string; about: string; permissions: readonly Permission[] }>;

export type SystemRole = keyof typeof systemRoles;
export const systemRoleKeys = Object.keys(systemRoles) as SystemRole[];
export const isSystemRole = (key: string): key is SystemRole => Object.hasOwn(systemRoles, key);
