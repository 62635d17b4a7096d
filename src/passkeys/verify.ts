import type { AuthenticationResponseJSON } from "@simplewebauthn/server";
import { and, eq, lt, or, sql } from "drizzle-orm";
import type { Request } from "express";
import { db } from "../db/client.ts";
import { passkeys } from "../db/factors.ts";
import { users } from "../db/schema.ts";
import type { Passkey } from "../factors/queries.ts";
import { log } from "../log.ts";
import { type Purpose, takeChallenge } from "./challenge.ts";
import { relying } from "./relying.ts";

interface Wanted {
  purpose: Purpose;
  /** Whose passkey it has to be; anybody's where it is to say who signs in. */
  userId?: string;
}

/**
 * The passkey that signed the challenge of this session, or undefined (T105): for this origin, by the person asked for, and
 * with a counter beyond the one known, which a copied key would not have. As the only factor its holder must have been
 * verified by the device.
 */
export async function verifyPasskey(req: Request, answer: AuthenticationResponseJSON, { purpose, userId }: Wanted) {
  const challenge = await takeChallenge(req, purpose);
  if (!challenge) return undefined;
  const [key] = await db
    .select()
    .from(passkeys)
    .where(and(eq(passkeys.credentialId, answer.id), userId ? eq(passkeys.userId, userId) : undefined));
  if (!key || !namesHolder(answer, key)) return undefined;
  const counter = await counterOf(answer, challenge, key, !userId);
  if (counter === undefined) return undefined;

  const grown = or(lt(passkeys.counter, counter), and(eq(passkeys.counter, 0), sql`${counter} = 0`));
  const [used] = await db
    .update(passkeys)
    .set({ counter, lastUsedAt: sql`now()` })
    .where(and(eq(passkeys.id, key.id), grown))
    .returning();
  return used;
}

/** Whose passkey it is, by the id that it goes by in browsers. */
export async function holderOf(credentialId: string): Promise<{ id: string; email: string } | undefined> {
  const [holder] = await db
    .select({ id: users.id, email: users.email })
    .from(passkeys)
    .innerJoin(users, eq(users.id, passkeys.userId))
    .where(eq(passkeys.credentialId, credentialId));
  return holder;
}

/** A passkey that is found by itself says whose it is; that has to be whose we know it as. */
function namesHolder({ response }: AuthenticationResponseJSON, key: Passkey): boolean {
  const { userHandle } = response;
  return !userHandle || Buffer.from(String(userHandle), "base64url").toString() === key.userId;
}

async function counterOf(response: AuthenticationResponseJSON, challenge: string, key: Passkey, alone: boolean) {
  const { verifyAuthenticationResponse } = await import("@simplewebauthn/server");
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response,
      expectedChallenge: challenge,
      expectedOrigin: relying.origin,
      expectedRPID: relying.id,
      requireUserVerification: alone,
      credential: {
        id: key.credentialId,
        publicKey: new Uint8Array(Buffer.from(key.publicKey, "base64url")),
        counter: key.counter,
        transports: key.transports,
      },
    });
    return verified ? authenticationInfo.newCounter : undefined;
  } catch (error) {
    log.info({ passkey: key.id, reason: (error as Error).message }, "passkey refused");
    return undefined;
  }
}
