import { and, eq, sql } from "drizzle-orm";
import type { z } from "zod";
import type { Person } from "../access/person.ts";
import { changeOf, recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { members, users } from "../db/schema.ts";
import { Forbidden, Invalid, Stale } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import type { profileForm } from "./forms.ts";
import { phoneToStore } from "./phone.ts";
import { findProfile, mayEditOwn, readableMailboxes } from "./queries.ts";

/** Saves somebody's own profile; the name goes to their place in every account too. 409 when it changed meanwhile (T56). */
export function editProfile(person: Person, { version, ...typed }: z.infer<typeof profileForm>) {
  return db.transaction(async (tx) => {
    const before = await findProfile(person.userId, tx);
    if (!(await mayEditOwn(before, tx)))
      throw new Forbidden(t("Your organisation manages your profile. Ask one of its administrators to change it."));
    const phone = await phoneToStore(tx, typed.phone);
    const defaultMailboxId = typed.defaultMailboxId || null;
    if (defaultMailboxId && defaultMailboxId !== before.defaultMailboxId) {
      const [mailbox] = await readableMailboxes(person.userId, { only: defaultMailboxId }, tx);
      if (!mailbox) throw new Invalid("defaultMailboxId", t("Choose a mailbox from the list."));
    }

    const [user] = await tx
      .update(users)
      .set({ ...typed, phone, defaultMailboxId, version: sql`${users.version} + 1` })
      .where(and(eq(users.id, person.userId), eq(users.version, version)))
      .returning();
    if (!user)
      throw new Stale(
        t("This was changed meanwhile, somewhere else. What you typed is still here: look again, then save."),
      );
    await tx
      .update(members)
      .set({ firstName: user.firstName, lastName: user.lastName })
      .where(eq(members.userId, user.id));

    const subject = { type: "user" as const, id: user.id, label: user.email };
    await recordEvent(tx, person, "user.profile_changed", subject, changeOf(before, user, fields));
    return user;
  });
}

const fields = ["firstName", "lastName", "locale", "timeZone", "region", "phone", "defaultMailboxId"] as const;
