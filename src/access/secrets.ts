import { hash, randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";

/** A client's secret, a refresh token, an access token: what a secret scanner tells apart by its beginning. */
export const secretKinds = { secret: "muster_cs_", refresh: "muster_rt_", access: "muster_at_" } as const;
export type SecretKind = keyof typeof secretKinds;

const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const shape = /^muster_(?:cs|rt|at)_[0-9A-Za-z]{49}$/;

/** A number in letters and digits alone: a double click selects the whole of it. */
function inLetters(number: bigint, length: number): string {
  let text = "";
  for (let rest = number; rest > 0n; rest /= 62n) text = digits[Number(rest % 62n)] + text;
  return text.padStart(length, "0");
}

const checksum = (text: string) => inLetters(BigInt(crc32(text)), 6);

/** What is kept of a secret: with 256 random bits in it, a plain hash tells nobody anything (T4). */
export const hashOf = (secret: string): string => hash("sha256", secret, "hex");

/** A new secret of 256 bits that ends in a checksum, with what is kept of it: its hash, and the last four signs of it. */
export function makeSecret(kind: SecretKind): { secret: string; hash: string; hint: string } {
  const body = secretKinds[kind] + inLetters(BigInt(`0x${randomBytes(32).toString("hex")}`), 43);
  const secret = body + checksum(body);
  return { secret, hash: hashOf(secret), hint: secret.slice(-4) };
}

/** Whether a text can be such a secret at all: what is mistyped or made up costs no look into the database. */
export const isSecret = (kind: SecretKind, text: string): boolean =>
  shape.test(text) && text.startsWith(secretKinds[kind]) && text.endsWith(checksum(text.slice(0, -6)));

/** The public name of a client. */
export const makeClientId = (): string => `muster_ci_${inLetters(BigInt(`0x${randomBytes(16).toString("hex")}`), 22)}`;
