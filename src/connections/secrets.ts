import { createHash, randomBytes } from "node:crypto";

/** 256 bits for an address: the state of a sign-in, or the verifier of its code (RFC 7636). */
export const newSecret = (): string => randomBytes(32).toString("base64url");

/** A state as it is stored. */
export const hashOf = (state: string): string => createHash("sha256").update(state).digest("hex");

/** What of a verifier travels first: its S256 challenge. */
export const challengeOf = (verifier: string): string => createHash("sha256").update(verifier).digest("base64url");
