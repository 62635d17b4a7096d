import { type Actor, can } from "../access/actor.ts";
import { nameOf } from "../access/load-actor.ts";
import { type SystemRole, systemRoles } from "../access/permissions.ts";
import { lacking } from "../access/policy.ts";
import { db } from "../db/client.ts";
import { called } from "../grants/giving.ts";
import { currentGrants } from "../grants/queries.ts";
import { t } from "../i18n/t.ts";
import { isRestorable } from "../members/queries.ts";
import type { ListPage, Row } from "./page.ts";

const pending = ["draft", "invited"];
const gone = ["declined", "revoked", "expired"];

/** The first letters of a name, or of the address: one or two. */
function initialsOf(person: { firstName: string; lastName: string; email: string }): string {
  const first = (text: string) => [...text][0] ?? "";
  const letters = first(person.firstName.trim()) + first(person.lastName.trim());
  return (letters || first(person.email)).toLocaleUpperCase();
}

/** The system roles that hold something the actor lacks: who has one is not theirs to block or to remove (T54). */
const strongerRoles = (actor: Actor): Set<SystemRole> =>
  new Set(
    (Object.keys(systemRoles) as SystemRole[]).filter(
      (key) =>
        systemRoles[key].level === "account" &&
        lacking(
          actor,
          systemRoles[key].permissions.map((permission) => ({ permission, mailboxId: null })),
        ).length > 0,
    ),
  );

/** What the actor may be offered on a line. The verbs check again, and know more: this decides only what is shown. */
function actionsOn(actor: Actor, row: Row, stronger: Set<SystemRole>, now: number): string[] {
  const may = (permission: Parameters<typeof can>[1]) => can(actor, permission);
  const oneself = row.userId !== null && row.userId === actor.userId;
  const reachable = !oneself && !row.roles.some(({ s }) => s && stronger.has(s));
  const live = row.status === "active" || row.status === "waiting";
  const removable = live || row.status === "blocked" || gone.includes(row.status);
  const offered = {
    edit: row.status !== "removed" && (may("users.edit") || may("invites.send")),
    role: row.status === "active" && reachable && may("users.change_role"),
    send: row.status === "draft" && may("invites.send"),
    again: gone.includes(row.status) && may("invites.send"),
    resend: row.status === "invited" && may("invites.send"),
    copy: row.status === "invited" && may("invites.send"),
    password: row.status === "waiting" && reachable && may("users.create"),
    revoke: pending.includes(row.status) && may("invites.revoke"),
    block: live && reachable && may("users.block"),
    unblock: row.status === "blocked" && reachable && may("users.block"),
    remove: removable && reachable && may("users.delete"),
    offboard: (live || row.status === "blocked") && reachable && may("users.delete"),
    restore: isRestorable(row, now) && may("users.delete"),
  };
  return (Object.keys(offered) as (keyof typeof offered)[]).filter((action) => offered[action]);
}

/**
 * The lines as the view shows them: with names, initials, words for roles, and what may be done. They hold what is shown
 * and no more, for each is rendered once for the same values.
 */
export function showRows(actor: Actor, { rows }: Pick<ListPage, "rows">) {
  const stronger = strongerRoles(actor);
  const now = Date.now();
  return rows.map((row) => {
    const name = nameOf(row);
    return {
      id: row.id,
      name,
      email: name === row.email ? null : row.email,
      initials: initialsOf(row),
      corporate: row.corporate,
      status: row.status,
      delivery: row.delivery,
      deliveryReply: row.deliveryReply,
      ...(row.guestUntil && { guestUntil: row.guestUntil, endedAt: row.endedAt }),
      createdAt: row.createdAt,
      lastSignInAt: row.lastSignInAt,
      roleNames: row.roles.map(({ s, n }) => (s ? t(systemRoles[s].title) : (n ?? ""))),
      singles: row.singles,
      everyMailbox: row.everyMailbox,
      mailboxes: row.mailboxes,
      mailboxCount: row.mailboxCount,
      actions: actionsOn(actor, row, stronger, now),
    };
  });
}

/** The first three things that a member holds on the account, each with the address of its Why below theirs (X3). */
export async function askedWhy(actor: Actor, memberId: string) {
  const held = await currentGrants(db, actor.accountId, memberId);
  return held
    .filter(({ mailboxId, permissions }) => mailboxId === null && permissions.length > 0)
    .slice(0, 3)
    .map((grant) => ({
      right: called(grant),
      href: grant.permission ? `/why?permission=${grant.permission}` : `/why/roles/${grant.systemRole ?? grant.roleId}`,
    }));
}
