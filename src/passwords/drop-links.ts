import { replaceTokens } from "../access/tokens.ts";
import type { Tx } from "../db/client.ts";

/** Kills every open link that could still change somebody's password or address (T36): they belong to the old state. */
export async function dropLinks(tx: Tx, user: { id: string; email: string }): Promise<void> {
  await replaceTokens(tx, ["password_reset", "first_sign_in", "address_change", "release"], { userId: user.id });
  await replaceTokens(tx, ["password_reset"], { email: user.email });
}
