import { type Room, room } from "./http/room.ts";

/** The rooms of somebody's own profile: a part of the list in rooms.ts. */
export const profileRooms: Room[] = [
  room("/profile/invites", () => import("./invitations/profile-routes.ts"), "ownInvites"),
  room("/profile/security/sessions", () => import("./sessions/routes.ts"), "ownSessions"),
  room("/profile/security", () => import("./sign-ins/routes.ts"), "ownSignIns", ["/sign-ins"]),
  room("/profile/security/authenticator", () => import("./authenticator/routes.ts"), "authenticator"),
  room("/profile/security/passkeys", () => import("./passkeys/routes.ts"), "passkeyRoutes"),
  room("/profile/security/recovery-codes", () => import("./recovery-codes/routes.ts"), "recoveryCodeRoutes"),
  room("/profile/security/trusted-devices", () => import("./trusted-devices/routes.ts"), "trustedDeviceRoutes"),
  room("/profile/notifications", () => import("./notifications/routes.ts"), "notifications"),
  room("/profile/mailboxes", () => import("./own-mailboxes/routes.ts"), "ownMailboxList"),
  room("/profile/app-passwords", () => import("./app-passwords/routes.ts"), "appPasswords"),
  room("/profile/administrators", () => import("./administrators/routes.ts"), "ownAdministrators"),
  room("/profile/data", () => import("./own-data/routes.ts"), "ownData"),
  room("/profile/erasure", () => import("./erasures/routes.ts"), "erasures"),
  room("/profile", () => import("./profile/routes.ts"), "profile", ["/", "/security"]),
];
