import { mailboxPermissionKeys, type Permission, permissionKeys, permissions } from "../access/permissions.ts";
import type { Giving } from "./giving.ts";

/** A grant that is held (""), not saved yet ("new"), or about to end ("going"). */
export interface Standing extends Giving {
  state: "" | "new" | "going";
  archived?: boolean;
}

/** One way to a permission: a role (by its words), or given singly (null); on the account, or on these mailboxes. */
export interface Way {
  giving: Giving | null;
  /** Names of mailboxes; empty for the account. */
  mailboxes: string[];
  state: Standing["state"];
}

export interface Effective {
  permission: Permission;
  title: string;
  section: string;
  /** "new" when it only comes with what is not saved, "going" when it ends with it; "" when it is held before and after. */
  state: Standing["state"];
  ways: Way[];
}

/**
 * D11: effective rights = roles ∪ single permissions, each with all ways that lead to it. With a mailbox: what counts
 * there, on it or through the account. In the order of the catalogue; what is new comes first, what ends last.
 */
export function addUp(standings: Standing[], mailboxId?: string | null): Effective[] {
  const counting = standings.filter(
    (standing) => !standing.archived && (!mailboxId || standing.mailboxId === null || standing.mailboxId === mailboxId),
  );
  const found = permissionKeys
    .filter((permission) => !mailboxId || mailboxPermissionKeys.includes(permission))
    .map((permission) => effective(permission, counting))
    .filter((right) => right.ways.length > 0);
  return (["new", "", "going"] as const).flatMap((state) => found.filter((right) => right.state === state));
}

function effective(permission: Permission, standings: Standing[]): Effective {
  const ways = new Map<string, Way>();
  for (const standing of standings) {
    if (!standing.permissions.includes(permission)) continue;
    const thing = standing.permission ? "" : (standing.systemRole ?? standing.roleId);
    const key = `${thing}:${standing.mailboxId === null}:${standing.state}`;
    const way = ways.get(key) ?? {
      giving: standing.permission ? null : standing,
      mailboxes: [],
      state: standing.state,
    };
    if (standing.mailboxName !== null) way.mailboxes.push(standing.mailboxName);
    ways.set(key, way);
  }
  const all = [...ways.values()];
  const stays = all.some(({ state }) => state === "");
  const [comes, goes] = [all.some(({ state }) => state === "new"), all.some(({ state }) => state === "going")];
  const { title, section } = permissions[permission];
  return { permission, title, section, ways: all, state: stays || (comes && goes) ? "" : comes ? "new" : "going" };
}
