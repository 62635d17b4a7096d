import { isNull, sql } from "drizzle-orm";
import type { Person } from "../access/person.ts";
import { seal } from "../access/vault.ts";
import { db } from "../db/client.ts";
import { totpSecrets } from "../db/factors.ts";
import { Conflict } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { newSecret } from "./code.ts";

/** Makes a secret for an authenticator app. It counts for nothing before a code proves that an app holds it: no event yet. */
export async function beginAuthenticator(person: Person): Promise<void> {
  const secret = seal(newSecret());
  const fresh = { secret, createdAt: sql`now()`, lastStep: null };
  const [row] = await db
    .insert(totpSecrets)
    .values({ userId: person.userId, secret })
    .onConflictDoUpdate({ target: totpSecrets.userId, set: fresh, setWhere: isNull(totpSecrets.confirmedAt) })
    .returning({ userId: totpSecrets.userId });
  if (!row) throw new Conflict(t("You have an authenticator app already. Remove it first to set up another one."));
}
