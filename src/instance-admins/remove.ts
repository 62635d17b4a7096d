import { eq } from "drizzle-orm";
import type { Person } from "../access/person.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { users } from "../db/schema.ts";
import { Conflict, NotFound } from "../http/errors.ts";
import { uuidOr404 } from "../http/ids.ts";
import { t } from "../i18n/t.ts";
import { lockAdministrators } from "./queries.ts";

/** Takes the administration of the installation from somebody; never from the last one (T55). 404 for who is none. */
export function removeAdministrator(person: Person, userId: string) {
  const id = uuidOr404(userId).toLowerCase();
  return db.transaction(async (tx) => {
    const all = await lockAdministrators(tx);
    const found = all.find((each) => each.id === id);
    if (!found) throw new NotFound();
    if (all.length === 1)
      throw new Conflict(t("This is the last administrator of the installation. Add another one first."));
    await tx.update(users).set({ instanceAdmin: false }).where(eq(users.id, id));
    const subject = { type: "user" as const, id, label: found.email };
    await recordEvent(tx, { ...person, accountId: null }, "instance.administrator_removed", subject);
    return found;
  });
}
