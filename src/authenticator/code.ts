import { Secret, TOTP } from "otpauth";
import { encode } from "uqr";
import { instanceName } from "../access/instance-settings.ts";
import { sharedNow } from "../db/clock.ts";

/** RFC 6238 with what every app knows: SHA-1, six digits, a new code each thirty seconds. */
const kind = { algorithm: "SHA1", digits: 6, period: 30 };

/** A new secret of 160 bits, in base32. */
export const newSecret = (): string => new Secret({ size: 20 }).base32;

/** What an app reads from the square or the link. */
export const addressOf = (secret: string, email: string): string =>
  new TOTP({ ...kind, issuer: instanceName(), label: email, secret: Secret.fromBase32(secret) }).toString();

/**
 * The time step that a code belongs to, or undefined when it is none: the step of now, the one before or the one after, as
 * clocks differ and people type slowly.
 */
export function stepOf(secret: string, code: string, now = sharedNow()): number | undefined {
  const totp = new TOTP({ ...kind, secret: Secret.fromBase32(secret) });
  const delta = totp.validate({ token: code, timestamp: now, window: 1 });
  return delta === null ? undefined : Math.floor(now / 30_000) + delta;
}

/** A text as a QR code: the side length in modules, with its quiet zone, and the dark ones as the path of an SVG. */
export function squareOf(text: string): { size: number; path: string } {
  const { size, data } = encode(text, { ecc: "M", border: 2 });
  const rows = data.map((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : "")).join(""));
  return { size, path: rows.join("") };
}
