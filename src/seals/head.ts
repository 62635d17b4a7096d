import { createHmac, hkdfSync, timingSafeEqual } from "node:crypto";

/** One of ENCRYPTION_KEYS. */
export interface Key {
  id: string;
  key: Buffer;
}

export interface Place {
  position: number;
  hash: string;
}

/** The end of a chain, authenticated. */
export interface Head extends Place {
  keyId: string;
  mac: string;
}

/** Keys for encryption encrypt: what authenticates is derived from them. */
const derived = (key: Buffer, purpose: string) => Buffer.from(hkdfSync("sha256", key, "", `muster ${purpose} 1`, 32));

const macOf = ({ key }: Key, { position, hash }: Place): string => {
  const bytes = Buffer.alloc(40);
  bytes.writeBigUInt64BE(BigInt(position));
  bytes.write(hash, 8, "hex");
  return createHmac("sha256", derived(key, "seal head")).update(bytes).digest("hex");
};

const same = (one: string, other: string) =>
  one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));

/** Authenticates an end with the first of the keys. */
export const signHead = ({ position, hash }: Place, [first]: Key[]): Head => ({
  position,
  hash,
  keyId: first!.id,
  mac: macOf(first!, { position, hash }),
});

/** Whether whoever has the keys made this head; `unknown`: its key is not among them. */
export function checkHead(head: Head, keys: Key[]): "good" | "forged" | "unknown" {
  const key = keys.find(({ id }) => id === head.keyId);
  if (!key) return "unknown";
  return same(head.mac, macOf(key, head)) ? "good" : "forged";
}

/** Authenticates a file by the SHA-256 (hex) of all that it holds. */
export const signFile = (digest: string, [first]: Key[]) => ({
  key_id: first!.id,
  mac: createHmac("sha256", derived(first!.key, "log export")).update(digest, "hex").digest("hex"),
});

/** Whether whoever has the keys made this file. */
export function checkFile(
  digest: string,
  seal: { key_id: string; mac: string },
  keys: Key[],
): "good" | "forged" | "unknown" {
  const key = keys.find(({ id }) => id === seal.key_id);
  if (!key) return "unknown";
  return same(seal.mac, signFile(digest, [key]).mac) ? "good" : "forged";
}
