import { generateKeyPair, randomBytes } from "node:crypto";
import { promisify } from "node:util";
import { seal } from "../access/vault.ts";

const alphabet = "abcdefghijklmnopqrstuvwxyz234567";

/** What proves a claim: 160 random bits, as lower-case letters and digits, so that it may stand in a host name too. */
export const newToken = (): string => [...randomBytes(32)].map((byte) => alphabet[byte % 32]).join("");

/**
 * What a new domain row needs. Making the key takes a tenth of a second of somebody's processor (not of the event loop's):
 * await it before the transaction. `dkimPublicKey` is base64 as in the record's `p=`; `dkimPrivateKey` is sealed PEM.
 */
export async function newClaim(settings: { dkimSelector: string }) {
  // RFC 8301: 1024 bits are too few by now; RFC 6376 lets longer ones than 2048 not fit everywhere.
  const { publicKey, privateKey } = await promisify(generateKeyPair)("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "der" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  return {
    token: newToken(),
    dkimSelector: settings.dkimSelector,
    dkimPublicKey: publicKey.toString("base64"),
    dkimPrivateKey: seal(privateKey),
  };
}
