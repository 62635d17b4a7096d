import type { Request } from "express";
import { instanceName } from "../access/instance-settings.ts";
import type { Person } from "../access/person.ts";
import { factorsOf } from "../factors/queries.ts";
import { keepChallenge, type Purpose } from "./challenge.ts";
import { relying } from "./relying.ts";

/** What the browser is asked to make a passkey with; those that the person has are not offered again. */
export async function creationOptions(req: Request, person: Person) {
  const { generateRegistrationOptions } = await import("@simplewebauthn/server");
  const { passkeys } = await factorsOf(person.userId);
  const options = await generateRegistrationOptions({
    rpName: instanceName(),
    rpID: relying.id,
    userName: person.email,
    userDisplayName: person.email,
    userID: new TextEncoder().encode(person.userId),
    excludeCredentials: passkeys.map(({ credentialId: id, transports }) => ({ id, transports })),
    authenticatorSelection: { residentKey: "preferred", userVerification: "preferred" },
  });
  keepChallenge(req, "register", options.challenge);
  return options;
}

/**
 * What the browser is asked to sign. With `userId` by a passkey of theirs; without, by any that the device offers for this
 * installation, which then has to know its holder by PIN, finger or face: it is the only factor.
 */
export async function requestOptions(req: Request, purpose: Purpose, userId?: string) {
  const { generateAuthenticationOptions } = await import("@simplewebauthn/server");
  const keys = userId ? (await factorsOf(userId)).passkeys : [];
  const options = await generateAuthenticationOptions({
    rpID: relying.id,
    userVerification: userId ? "preferred" : "required",
    ...(userId && { allowCredentials: keys.map(({ credentialId: id, transports }) => ({ id, transports })) }),
  });
  keepChallenge(req, purpose, options.challenge);
  return options;
}
