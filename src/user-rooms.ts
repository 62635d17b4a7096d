import { type Room, room } from "./http/room.ts";

/** The rooms about one user, or several: a part of the list in rooms.ts. */
export const userRooms: Room[] = [
  room("/admin/users/many", () => import("./invite-lists/routes.ts"), "inviteLists"),
  room("/admin/users", () => import("./invites/routes.ts"), "invites", [
    "/new",
    "/:id/invitation",
    "/:id/resend",
    "/:id/revocation",
    "/:id/link",
  ]),
  room("/admin/users", () => import("./drafts/routes.ts"), "drafts", ["/:id/draft"]),
  room("/admin/users", () => import("./directory/routes.ts"), "directory", ["/", "/:id/actions"]),
  room("/admin/users", () => import("./end-dates/routes.ts"), "userEndDates", ["/:id/guest", "/:id/end-date"]),
  room("/admin/users", () => import("./members/routes.ts"), "members", [
    "/:id/block",
    "/:id/unblock",
    "/:id/removal",
    "/:id/restore",
  ]),
  room("/admin/users", () => import("./offboarding/routes.ts"), "offboarding", ["/:id/offboarding"]),
  room("/admin/users", () => import("./rights/routes.ts"), "rights", [
    "/:id/account",
    "/:id/mailboxes",
    "/:id/ending",
    "/:id/undo",
    "/:id/rights",
    "/:id/cancellation",
    "/:id/conflict",
    "/:id/rebase",
  ]),
  room("/admin/users", () => import("./why/routes.ts"), "why", ["/:id/why"]),
  room("/admin/users", () => import("./why-role/routes.ts"), "roleWhy", ["/:id/why/roles"]),
  room("/admin/users", () => import("./path-endings/routes.ts"), "pathEndings", ["/:id/grants/:grantId/ending"]),
  room("/admin/users", () => import("./rights/choice-routes.ts"), "choices", [
    "/:id/roles",
    "/:id/mailboxes/:mailboxId/roles",
    "/:id/permissions",
    "/:id/mailboxes/:mailboxId/permissions",
  ]),
  room("/admin/users", () => import("./rights/log-routes.ts"), "userLog", ["/:id/log"]),
  room("/admin/users", () => import("./positions/routes.ts"), "positions", ["/add", "/:id/role"]),
  room("/admin/users", () => import("./corporate/routes.ts"), "corporate", ["/create", "/:id/personal-mailbox"]),
  room("/admin/users", () => import("./first-passwords/routes.ts"), "firstPasswords", [
    "/:id/password-mail",
    "/:id/password-link",
  ]),
  room("/admin/users", () => import("./user-settings/routes.ts"), "userSettings", ["/:id/settings", "/:id/address"]),
  room("/admin/users", () => import("./factor-resets/routes.ts"), "factorResets", ["/:id/factor-reset"]),
  room("/admin/users", () => import("./sign-ins/member-routes.ts"), "userSignIns", [
    "/:id/sign-ins",
    "/:id/sessions/end",
    "/:id/sessions/:sessionId/end",
  ]),
  room("/admin/users", () => import("./trusted-devices/member-routes.ts"), "userTrustedDevices", [
    "/:id/trusted-devices/end",
    "/:id/trusted-devices/:deviceId/end",
  ]),
  room("/admin/users/bulk", () => import("./selection/routes.ts"), "selection"),
];
