import { eq } from "drizzle-orm";
import type { EventName } from "../audit/events.ts";
import { type Author, recordEvent } from "../audit/record.ts";
import type { Tx } from "../db/client.ts";
import { passkeys, recoveryCodes, totpSecrets, trustedDevices } from "../db/factors.ts";
import { queueMail } from "../mail/outbox.ts";
import { hasAny } from "./has-any.ts";

/** What happened to somebody's second factors, as the mail to them says it. */
export type FactorChange =
  | "app_added"
  | "app_removed"
  | "passkey_added"
  | "passkey_removed"
  | "code_used"
  | "codes_made"
  | "reset";

/** Whose factors: they are told by mail, whoever changed them. */
export interface Owner {
  userId: string;
  label: string;
}

/** The event and the mail of a change, in its transaction. `about` names what was changed; `device` is where. */
export async function tellChange(
  tx: Tx,
  author: Author,
  owner: Owner,
  name: EventName,
  change: FactorChange,
  about: Record<string, string> = {},
) {
  const subject = { type: "user" as const, id: owner.userId, label: owner.label };
  const { device = "", ...rest } = about;
  await recordEvent(tx, author, name, subject, { after: { factor: change, ...rest } });
  const data = { change, device, ip: author.ip ?? "", ...rest };
  await queueMail(tx, { kind: "factor_changed", subjectId: owner.userId, data });
}

/**
 * With a factor goes what hangs on it: the trust in devices, which would begin again where what is left is what it was given
 * with; and with the last one the recovery codes, which open nothing alone and would only lie about.
 */
export async function dropWithFactor(tx: Tx, userId: string): Promise<void> {
  await tx.delete(trustedDevices).where(eq(trustedDevices.userId, userId));
  if (!(await hasAny(userId, tx))) await tx.delete(recoveryCodes).where(eq(recoveryCodes.userId, userId));
}

/** Takes all factors of somebody away. */
export async function dropAll(tx: Tx, userId: string): Promise<void> {
  for (const table of [totpSecrets, passkeys, recoveryCodes]) await tx.delete(table).where(eq(table.userId, userId));
}
