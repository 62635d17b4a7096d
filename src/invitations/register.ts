import type { z } from "zod";
import { spendToken, type Token } from "../access/tokens.ts";
import type { newProfileForm } from "../auth/forms.ts";
import { registerUser } from "../auth/register.ts";
import { db } from "../db/client.ts";
import { Conflict } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { claimInvitation } from "../invites/claim.ts";

/**
 * Registers whoever opened a mailed invitation (A26–A28): profile, account, personal mailbox and the rights of the
 * invitation in one commit. The address is the token's, whatever was posted (T2); having the mailed link proves it. The
 * link is spent by the same commit: undefined for all but one of those who press at once (T1).
 */
export function registerInvited(
  { id, email, memberId }: Token,
  profile: z.infer<typeof newProfileForm>,
  request: { requestId?: string; ip?: string },
) {
  return db.transaction(async (tx) => {
    const token = await spendToken(tx, id);
    if (!token) return undefined;
    const { user } = await registerUser(tx, { ...profile, email }, request);
    const claimed = await claimInvitation(tx, user, memberId!, request);
    if (!claimed) throw new Conflict(t("This invitation ended a moment ago. Ask the person who invited you."));
    return { user, ...claimed };
  });
}
