import type { Tx } from "../db/client.ts";
import type { Locale } from "../i18n/t.ts";
import { mailboxPermissionKeys, type Permission } from "./permissions.ts";

/** Who acts, in which account, and what they hold there now. Loaded once per request; verbs take it first. */
export interface Actor {
  /** Null for the system: jobs, and doors that a mailed link opened. */
  userId: string | null;
  accountId: string;
  memberId: string | null;
  /** How the audit log names the actor. */
  label: string;
  email: string;
  name: string;
  locale: Locale;
  timeZone: string;
  /** Held on the account; mailbox permissions among them count on every mailbox. */
  permissions: ReadonlySet<Permission>;
  /** Held on single mailboxes only. */
  mailboxPermissions: ReadonlyMap<string, ReadonlySet<Permission>>;
  requestId?: string;
  ip?: string;
  /** Set where a program acts for its maker: rights that it gives say where they came from. */
  clientId?: string;
  /** What its token is for: what a job does for it later stays within that, too. */
  scopes?: readonly Permission[];
  /** Called inside the transaction of a change, with the id of what was changed: so that a repeated request knows of it. */
  onChange?: (tx: Tx, subjectId: string) => Promise<void>;
}

/** The actor of a job: acts in one account, and holds nothing that could be granted on. */
export const system = (accountId: string): Actor => ({
  userId: null,
  accountId,
  memberId: null,
  label: "Muster",
  email: "",
  name: "Muster",
  locale: "en",
  timeZone: "UTC",
  permissions: new Set(),
  mailboxPermissions: new Map(),
});

/** The actor with those of their rights that are among the scopes; no scopes: as they are. */
export function withinScopes(actor: Actor, scopes: Iterable<Permission> | null): Actor {
  if (!scopes) return actor;
  const all = new Set(scopes);
  const within = (held: ReadonlySet<Permission>) => new Set([...held].filter((permission) => all.has(permission)));
  return {
    ...actor,
    scopes: [...all],
    permissions: within(actor.permissions),
    mailboxPermissions: new Map([...actor.mailboxPermissions].map(([id, held]) => [id, within(held)])),
  };
}

/** Whether the actor holds a permission, on the account or on that mailbox. */
export function can(actor: Actor, permission: Permission, mailboxId?: string | null): boolean {
  if (actor.permissions.has(permission)) return true;
  return Boolean(mailboxId && actor.mailboxPermissions.get(mailboxId)?.has(permission));
}

/** Whether the actor may open a mailbox's members at all: as an administrator or as one who may grant on it. */
export const canOnAnyMailbox = (actor: Actor, permission: Permission): boolean =>
  can(actor, permission) ||
  (mailboxPermissionKeys.includes(permission) &&
    [...actor.mailboxPermissions.values()].some((held) => held.has(permission)));
