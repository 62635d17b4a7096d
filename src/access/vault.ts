import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { config } from "../config.ts";

/**
 * Encrypts a secret for the database (AES-256-GCM) with the first of ENCRYPTION_KEYS: `key id:base64`, where the base64
 * holds 12 bytes of nonce, 16 of seal, and the text.
 */
export function seal(text: string): string {
  const { id, key } = config.ENCRYPTION_KEYS[0]!;
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(id));
  const body = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
  return `${id}:${Buffer.concat([nonce, cipher.getAuthTag(), body]).toString("base64")}`;
}

/** The secret in `sealed`. Throws where its key is not among ENCRYPTION_KEYS any more, or where somebody changed it. */
export function unseal(sealed: string): string {
  const id = sealed.slice(0, sealed.indexOf(":"));
  const known = config.ENCRYPTION_KEYS.find((each) => each.id === id);
  if (!known) throw new Error(`The key “${id}” is not among ENCRYPTION_KEYS.`);

  const bytes = Buffer.from(sealed.slice(id.length + 1), "base64");
  const decipher = createDecipheriv("aes-256-gcm", known.key, bytes.subarray(0, 12), { authTagLength: 16 })
    .setAAD(Buffer.from(id))
    .setAuthTag(bytes.subarray(12, 28));
  return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString("utf8");
}
