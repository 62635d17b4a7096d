import { eq } from "drizzle-orm";
import type { z } from "zod";
import type { Person } from "../access/person.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { users } from "../db/schema.ts";
import type { choicesForm } from "./forms.ts";
import { type NotificationChoices, notificationKinds } from "./kinds.ts";

/** Keeps what somebody wants to be told by bell and by mail, for every kind there is. */
export function chooseNotifications(person: Person, ticked: z.infer<typeof choicesForm>): Promise<NotificationChoices> {
  const chosen: NotificationChoices = Object.fromEntries(
    notificationKinds.map((kind) => [kind, { bell: ticked.bell.includes(kind), mail: ticked.mail.includes(kind) }]),
  );
  return db.transaction(async (tx) => {
    const [before] = await tx
      .select({ notifications: users.notifications })
      .from(users)
      .where(eq(users.id, person.userId))
      .for("update");
    await tx.update(users).set({ notifications: chosen }).where(eq(users.id, person.userId));
    const subject = { type: "user" as const, id: person.userId, label: person.label };
    await recordEvent(tx, person, "user.profile_changed", subject, { before, after: { notifications: chosen } });
    return chosen;
  });
}
