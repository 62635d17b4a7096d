import { createHmac, hkdfSync } from "node:crypto";
import { sql } from "drizzle-orm";
import type { Request, Response } from "express";
import { config } from "../config.ts";
import { db } from "../db/client.ts";

const key = Buffer.from(hkdfSync("sha256", config.SESSION_SECRET, "", "muster trusted devices", 32));
const secure = config.BASE_URL.startsWith("https:");
const cookieName = secure ? "__Host-muster-trusted" : "muster-trusted";
const thirtyDays = 30 * 24 * 60 * 60_000;

/** Up to five people on one device: when the trust ends, and its seal. */
const read = (req: Request): string[] =>
  (req.get("Cookie") ?? "")
    .split(/; */)
    .find((pair) => pair.startsWith(`${cookieName}=`))
    ?.slice(cookieName.length + 1)
    .split("~")
    .filter((entry) => /^\d{13}\.[\w-]{43}$/.test(entry))
    .slice(0, 5) ?? [];

/** What the trust hangs on: it ends with another password, and with every change of the factors. */
async function basisOf(userId: string): Promise<string> {
  const [row] = await db.execute<{ basis: string }>(sql`
    select concat_ws(' ', u.password_hash,
      (select t.confirmed_at from totp_secrets t where t.user_id = u.id),
      (select string_agg(p.id::text, ' ' order by p.id) from passkeys p where p.user_id = u.id)) as basis
    from users u where u.id = ${userId}`);
  return row?.basis ?? "";
}

const sealOf = (userId: string, until: number | string, basis: string) =>
  createHmac("sha256", key).update(`${userId} ${until} ${basis}`).digest("base64url");

/** Whether this person asked on this device, within the last thirty days, not to be asked for the second factor here. */
export async function isTrusted(req: Request, userId: string): Promise<boolean> {
  const entries = read(req);
  if (entries.length === 0) return false;
  const basis = await basisOf(userId);
  return entries.some((entry) => {
    const [until, seal] = entry.split(".");
    return Number(until) > Date.now() && seal === sealOf(userId, until!, basis);
  });
}

/** Leaves that on the device. */
export async function trustDevice(req: Request, res: Response, userId: string): Promise<void> {
  const until = Date.now() + thirtyDays;
  const own = `${until}.${sealOf(userId, until, await basisOf(userId))}`;
  const value = [own, ...read(req)].slice(0, 5).join("~");
  res.cookie(cookieName, value, { httpOnly: true, sameSite: "lax", secure, path: "/", maxAge: thirtyDays });
}
