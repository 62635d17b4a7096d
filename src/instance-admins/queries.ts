import { and, asc, eq, isNull } from "drizzle-orm";
import type { Tx } from "../db/client.ts";
import { users } from "../db/schema.ts";

/** Those who administer the installation, locked in one order: two who remove each other take turns (T55). */
export const lockAdministrators = (tx: Tx) =>
  tx
    .select({ id: users.id, email: users.email })
    .from(users)
    .where(and(eq(users.instanceAdmin, true), isNull(users.disabledAt)))
    .orderBy(asc(users.id))
    .for("no key update");
