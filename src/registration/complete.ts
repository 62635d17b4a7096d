import type { z } from "zod";
import { findToken, spendToken } from "../access/tokens.ts";
import type { newProfileForm } from "../auth/forms.ts";
import { registerUser } from "../auth/register.ts";
import { db } from "../db/client.ts";
import { Conflict, Forbidden } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { instance } from "../instance/queries.ts";
import { claimInvitation } from "../invites/claim.ts";

/**
 * Makes the profile that a proven address asked for. The address is the link's, whatever was posted (T2); the link is
 * spent by the same commit, so of two who press at once one registers (T1).
 */
export function completeRegistration(
  secret: string,
  profile: z.infer<typeof newProfileForm>,
  request: { requestId?: string; ip?: string },
) {
  return db.transaction(async (tx) => {
    const found = await findToken(tx, "registration", secret);
    const token = found && (await spendToken(tx, found.token.id));
    if (!token) throw new Conflict(t("This link was used already. Sign in, or ask for a new one."));

    const { registrationOpen } = await instance(tx);
    const { user } = await registerUser(tx, { ...profile, email: token.email }, request);
    // They came by a copied invitation, and have proven the address now (X7). One that was revoked meanwhile lets nobody in.
    const claimed = token.memberId && (await claimInvitation(tx, user, token.memberId, request));
    if (!registrationOpen && !claimed) throw new Forbidden(t("New people come in by invitation only here."));
    return user;
  });
}
