import type { Actor } from "../access/actor.ts";
import { mailboxPermissionKeys, type Permission, permissionKeys, permissions } from "../access/permissions.ts";
import { db } from "../db/client.ts";
import type { Place } from "../grants/place.ts";
import { t } from "../i18n/t.ts";
import { addsUp, type RightWords } from "../rights/adds-up.ts";
import type { EditPage, Line } from "../rights/page.ts";
import { findRole, roleName } from "../roles/queries.ts";
import { type Standing, standingOf } from "../why/standing.ts";

/** What a role gives a member at a place, now. */
export interface RoleAnswer {
  role: { id: string; name: string };
  /** The grants of the role there: on the mailbox, or on the account, where it counts for every mailbox. */
  grants: Line[];
  /** Whether it gives anything now: it is held where nothing stops it, by somebody whose place counts. */
  yes: boolean;
  standing: Standing;
  /** What stands in the role and is held there, each with every way to it, so also with those beside the role. */
  rights: RightWords[];
  /** What stands in the role and is not held there. */
  lacking: { permission: Permission; title: string }[];
}

/** X3, asked about a role: whether a member holds it at a place, and each right in it. 404 for a role of another account, and one that has ended. */
export async function whyRole(actor: Actor, edit: EditPage, roleId: string, place: Place): Promise<RoleAnswer> {
  const { mailboxId } = place;
  const [role, standing] = await Promise.all([
    findRole(db, actor.accountId, roleId),
    standingOf(db, actor.accountId, edit.member.id, null),
  ]);
  // What is changed and not saved is no answer yet.
  const saved = new Set(edit.held.filter(({ gone }) => !gone).map(({ id }) => id));
  const held = edit.lines.filter(({ id }) => saved.has(id)).map((line) => ({ ...line, state: "" as const }));
  const grants = held.filter(
    (line) => (line.systemRole ?? line.roleId) === role.id && (line.mailboxId === null || line.mailboxId === mailboxId),
  );
  // On the account that counts which counts there; what is held on single mailboxes stands on their pages.
  const there = held.filter((line) => line.mailboxId === null || line.mailboxId === mailboxId);
  const found = addsUp(there, mailboxId).rights;
  const inRole = (permission: Permission) => role.permissions.includes(permission);
  const keys = mailboxId ? mailboxPermissionKeys : permissionKeys;
  return {
    role: { id: role.id, name: roleName(role) },
    grants,
    yes: standing.counts && grants.some(({ archived }) => !archived),
    standing,
    rights: found.filter(({ permission }) => inRole(permission)),
    lacking: keys
      .filter((key) => inRole(key) && !found.some(({ permission }) => permission === key))
      .map((key) => ({ permission: key, title: t(permissions[key].title) })),
  };
}
