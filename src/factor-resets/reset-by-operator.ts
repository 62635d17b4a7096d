import { eq } from "drizzle-orm";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { users } from "../db/schema.ts";
import { dropAll } from "../factors/changed.ts";
import { hasAny } from "../factors/has-any.ts";
import { queueMail } from "../mail/outbox.ts";
import { endAllSessions } from "../sessions/end-all.ts";

/**
 * Takes the second factor off somebody who lost it and whom no account manages: for whoever runs the installation and has
 * made sure who asks. Their sessions end, they are told by mail, and the log says that it was the operator (T108). Returns
 * whether there was anything to take off; undefined: nobody has that address.
 */
export function resetByOperator(email: string): Promise<boolean | undefined> {
  return db.transaction(async (tx) => {
    const [user] = await tx.select().from(users).where(eq(users.email, email)).for("update");
    if (!user) return undefined;
    if (!(await hasAny(user.id, tx))) return false;
    await dropAll(tx, user.id);
    await endAllSessions(tx, user.id);
    const author = { userId: null, accountId: user.corporateAccountId, label: "Operator" };
    await recordEvent(tx, author, "user.second_factor_reset", { type: "user", id: user.id, label: user.email });
    await queueMail(tx, { kind: "factor_changed", subjectId: user.id, data: { change: "reset", by: "Muster" } });
    return true;
  });
}
