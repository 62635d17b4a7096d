import { type Room, room } from "./http/room.ts";

/** The rooms of whoever runs the installation: a part of the list in rooms.ts. */
export const instanceRooms: Room[] = [
  room("/", () => import("./suspensions/routes.ts"), "suspensions", [
    "/accounts/suspended",
    "/instance/accounts/:accountId/suspension",
    "/instance/accounts/:accountId/restoration",
  ]),
  room("/instance/accounts", () => import("./instance-accounts/routes.ts"), "instanceAccounts"),
  room("/instance/administrators", () => import("./instance-admins/routes.ts"), "instanceAdmins"),
  room("/instance/operations", () => import("./operations/routes.ts"), "operations", [
    "/",
    "/mail-test",
    "/recipients",
    "/log-check",
    "/jobs/:jobId/retry",
    "/jobs/:jobId/removal",
  ]),
  room("/instance/operations", () => import("./mail-tests/routes.ts"), "mailTests", [
    "/mail-server-check",
    "/mails/:mailId/delivery",
    "/test-alarm",
  ]),
  room("/instance/plans", () => import("./plans/routes.ts"), "planRoutes"),
  room("/instance", () => import("./instance/routes.ts"), "instanceRoutes", ["/", "/settings"]),
];
