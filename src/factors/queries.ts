import { and, asc, eq, isNotNull, isNull, sql } from "drizzle-orm";
import { db, type Reader } from "../db/client.ts";
import { passkeys, recoveryCodes, totpSecrets } from "../db/factors.ts";
import { NotFound } from "../http/errors.ts";
import { isUuid } from "../http/ids.ts";

export type Passkey = typeof passkeys.$inferSelect;

/** What somebody proves themselves with beside a password. */
export interface Factors {
  /** Since when the authenticator app is in force. */
  app: Date | undefined;
  passkeys: Passkey[];
  codesLeft: number;
  /** Whether there is any: recovery codes alone are none. */
  any: boolean;
}

/** The second factors that somebody has. */
export async function factorsOf(userId: string, reader: Reader = db): Promise<Factors> {
  const [app] = await reader
    .select({ confirmedAt: totpSecrets.confirmedAt })
    .from(totpSecrets)
    .where(and(eq(totpSecrets.userId, userId), isNotNull(totpSecrets.confirmedAt)));
  const keys = await reader
    .select()
    .from(passkeys)
    .where(eq(passkeys.userId, userId))
    .orderBy(asc(passkeys.createdAt), asc(passkeys.id));
  const [codes] = await reader
    .select({ left: sql<number>`count(*)::int` })
    .from(recoveryCodes)
    .where(and(eq(recoveryCodes.userId, userId), isNull(recoveryCodes.usedAt)));
  return {
    app: app?.confirmedAt ?? undefined,
    passkeys: keys,
    codesLeft: codes?.left ?? 0,
    any: Boolean(app) || keys.length > 0,
  };
}

/** One passkey of somebody; anybody else's is not found. */
export async function passkeyOf(userId: string, id: string, reader: Reader = db): Promise<Passkey> {
  if (!isUuid(id)) throw new NotFound();
  const [passkey] = await reader
    .select()
    .from(passkeys)
    .where(and(eq(passkeys.id, id), eq(passkeys.userId, userId)));
  if (!passkey) throw new NotFound();
  return passkey;
}
