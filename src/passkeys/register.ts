import type { RegistrationResponseJSON } from "@simplewebauthn/server";
import { eq } from "drizzle-orm";
import type { Request } from "express";
import { personOf } from "../access/person.ts";
import { db } from "../db/client.ts";
import { passkeys } from "../db/factors.ts";
import { tellChange } from "../factors/changed.ts";
import { Conflict, Invalid } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { log } from "../log.ts";
import { firstCodes } from "../recovery-codes/make.ts";
import { takeChallenge } from "./challenge.ts";
import { relying } from "./relying.ts";

/** As many as anybody needs; each is offered to the browser at every sign-in. */
const most = 20;

/**
 * Keeps a passkey that the browser has just made for this person, if it answers the challenge of this session. Returns the
 * recovery codes that came with it, readable this once; none where there are some already.
 */
export async function registerPasskey(
  req: Request,
  { label, credential }: { label: string; credential: RegistrationResponseJSON },
  device: string,
): Promise<string[]> {
  const person = personOf(req);
  const made = await madeBy(req, credential);
  if (!made) throw new Invalid("form", t("This passkey could not be checked. Try once more."));
  return db.transaction(async (tx) => {
    const values = {
      userId: person.userId,
      label,
      credentialId: made.credential.id,
      publicKey: Buffer.from(made.credential.publicKey).toString("base64url"),
      counter: made.credential.counter,
      transports: (made.credential.transports ?? []).filter((each) => /^[a-z-]{1,20}$/.test(each)).slice(0, 8),
      backedUp: made.credentialBackedUp,
    };
    const [kept] = await tx.insert(passkeys).values(values).onConflictDoNothing().returning();
    if (!kept) throw new Conflict(t("This passkey is registered already."));
    if ((await tx.$count(passkeys, eq(passkeys.userId, person.userId))) > most)
      throw new Conflict(t("You have {most} passkeys already. Remove one first.", { most }));
    const codes = await firstCodes(tx, person.userId);
    await tellChange(tx, person, person, "user.second_factor_added", "passkey_added", { device, label });
    return codes;
  });
}

async function madeBy(req: Request, response: RegistrationResponseJSON) {
  const challenge = await takeChallenge(req, "register");
  if (!challenge) return undefined;
  const { verifyRegistrationResponse } = await import("@simplewebauthn/server");
  try {
    const { registrationInfo } = await verifyRegistrationResponse({
      response,
      expectedChallenge: challenge,
      expectedOrigin: relying.origin,
      expectedRPID: relying.id,
      requireUserVerification: false,
    });
    return registrationInfo;
  } catch (error) {
    log.info({ reason: (error as Error).message }, "new passkey refused");
    return undefined;
  }
}
