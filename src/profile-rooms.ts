import type { Router } from "express";
import { ownAdministrators } from "./administrators/routes.ts";
import { appPasswords } from "./app-passwords/routes.ts";
import { authenticator } from "./authenticator/routes.ts";
import { erasures } from "./erasures/routes.ts";
import { ownInvites } from "./invitations/profile-routes.ts";
import { notifications } from "./notifications/routes.ts";
import { ownData } from "./own-data/routes.ts";
import { ownMailboxList } from "./own-mailboxes/routes.ts";
import { passkeyRoutes } from "./passkeys/routes.ts";
import { profile } from "./profile/routes.ts";
import { recoveryCodeRoutes } from "./recovery-codes/routes.ts";
import { ownSessions } from "./sessions/routes.ts";
import { ownSignIns } from "./sign-ins/routes.ts";

/** The rooms of somebody's own profile: a part of the list in rooms.ts. */
export const profileRooms: [mount: string, router: Router][] = [
  ["/profile/invites", ownInvites],
  ["/profile/security/sessions", ownSessions],
  ["/profile/security", ownSignIns],
  ["/profile/security/authenticator", authenticator],
  ["/profile/security/passkeys", passkeyRoutes],
  ["/profile/security/recovery-codes", recoveryCodeRoutes],
  ["/profile/notifications", notifications],
  ["/profile/mailboxes", ownMailboxList],
  ["/profile/app-passwords", appPasswords],
  ["/profile/administrators", ownAdministrators],
  ["/profile/data", ownData],
  ["/profile/erasure", erasures],
  ["/profile", profile],
];
