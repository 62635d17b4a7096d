import type { Router } from "express";
import { instanceRoutes } from "./instance/routes.ts";
import { instanceAccounts } from "./instance-accounts/routes.ts";
import { instanceAdmins } from "./instance-admins/routes.ts";
import { mailTests } from "./mail-tests/routes.ts";
import { operations } from "./operations/routes.ts";
import { planRoutes } from "./plans/routes.ts";
import { suspensions } from "./suspensions/routes.ts";

/** The rooms of whoever runs the installation: a part of the list in rooms.ts. */
export const instanceRooms: [mount: string, router: Router][] = [
  ["/", suspensions],
  ["/instance/accounts", instanceAccounts],
  ["/instance/administrators", instanceAdmins],
  ["/instance/operations", operations],
  ["/instance/operations", mailTests],
  ["/instance/plans", planRoutes],
  ["/instance", instanceRoutes],
];
