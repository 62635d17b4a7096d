import { and, eq, isNotNull, isNull } from "drizzle-orm";
import type { Person } from "../access/person.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { users } from "../db/schema.ts";
import { Invalid } from "../http/errors.ts";
import { t } from "../i18n/t.ts";

/** Makes somebody who has a profile an administrator of the installation. Throws Invalid("email", …) where nobody has it. */
export function addAdministrator(person: Person, { email }: { email: string }) {
  return db.transaction(async (tx) => {
    const [user] = await tx
      .update(users)
      .set({ instanceAdmin: true })
      .where(
        and(
          eq(users.email, email),
          eq(users.instanceAdmin, false),
          isNull(users.disabledAt),
          isNotNull(users.emailProvenAt),
        ),
      )
      .returning({ id: users.id, email: users.email });
    if (!user)
      throw new Invalid("email", t("Nobody with this address has a proven profile here, or they are one already."));
    const subject = { type: "user" as const, id: user.id, label: user.email };
    await recordEvent(tx, { ...person, accountId: null }, "instance.administrator_added", subject);
    return user;
  });
}
