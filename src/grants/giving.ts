import { type Permission, permissions, type SystemRole, systemRoles } from "../access/permissions.ts";
import type { Right } from "../access/policy.ts";
import type { PendingGrant } from "../db/schema.ts";
import { t } from "../i18n/t.ts";

/** One role or permission as something that is given: what it is called, where it counts, and what it holds. */
export interface Giving extends PendingGrant {
  mailboxName: string | null;
  /** The English title of a system role or permission (pass it through `t`), or a custom role's own name. */
  title: string;
  about: string;
  permissions: readonly Permission[];
}

/** What a grant says, whether it is saved or not: the same for the same thing in the same place. */
export const keyOf = (given: { [K in keyof PendingGrant]?: PendingGrant[K] | null }): string =>
  `${given.mailboxId ?? ""}:${given.systemRole ?? given.roleId ?? given.permission}`;

/** Only what is stored of it. */
export const bare = ({ mailboxId, systemRole, roleId, permission, endsAt }: PendingGrant): PendingGrant => ({
  mailboxId,
  systemRole,
  roleId,
  permission,
  endsAt,
});

/** Whether an addition gives what is held already another end. */
export const redates = (add: PendingGrant, held: PendingGrant): boolean =>
  add.endsAt !== undefined && (add.endsAt ?? null) !== (held.endsAt ?? null);

/** What the reader calls it: system roles and permissions in their language, a custom role by its own name. */
export const called = ({ title, roleId }: Pick<Giving, "title" | "roleId">): string => (roleId ? title : t(title));

/** Everything that these grants let somebody do, one entry for each permission and place. */
export const rightsOf = (givings: Iterable<Pick<Giving, "mailboxId" | "permissions">>): Right[] =>
  [...givings].flatMap(({ mailboxId, permissions }) =>
    permissions.map((permission) => ({ permission, mailboxId: mailboxId ?? null })),
  );

/** How the audit log names a grant: "Viewer", "Mailbox reader (Press)", "Viewer until 2026-11-30 23:00 UTC". */
export const labelOf = ({ title, mailboxName, endsAt }: Pick<Giving, "title" | "mailboxName" | "endsAt">): string => {
  const name = mailboxName === null ? title : `${title} (${mailboxName})`;
  return endsAt ? `${name} until ${endsAt.slice(0, 16).replace("T", " ")} UTC` : name;
};

export const systemRoleWords = (key: SystemRole) => {
  const { title, about, permissions } = systemRoles[key];
  return { title, about, permissions: permissions as readonly Permission[] };
};

export const permissionWords = (key: Permission) => ({
  title: permissions[key].title,
  about: permissions[key].section,
  permissions: [key] as readonly Permission[],
});
