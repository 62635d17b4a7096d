import { createHmac, createSecretKey, hkdfSync, randomBytes } from "node:crypto";
import type { Request, Response } from "express";
import { canonicalAddress } from "../access/address.ts";
import { config } from "../config.ts";

const key = createSecretKey(Buffer.from(hkdfSync("sha256", config.SESSION_SECRET, "", "muster known devices", 32)));
const secure = config.BASE_URL.startsWith("https:");
const cookieName = secure ? "__Host-muster-device" : "muster-device";
const year = 365 * 24 * 60 * 60 * 1000;

const mark = (device: string, email: string) =>
  createHmac("sha256", key).update(`${device}:${email}`).digest("base64url").slice(0, 22);

/** The cookie: the device's random name, then a mark for each of the last five addresses that signed in on it. */
function read(req: Request): { device: string; marks: string[] } {
  const found = (req.get("Cookie") ?? "")
    .split(/; */)
    .find((pair) => pair.startsWith(`${cookieName}=`))
    ?.slice(cookieName.length + 1);
  const [device = "", ...marks] = (found ?? "").split(".");
  return /^[\w-]{36}$/.test(device) ? { device, marks } : { device: randomBytes(27).toString("base64url"), marks: [] };
}

/** The device's name where this address has signed in on it before, else undefined (T42). It opens nothing by itself. */
export function knownDevice(req: Request, typed: string): string | undefined {
  const { device, marks } = read(req);
  return marks.includes(mark(device, canonicalAddress(typed) ?? "")) ? device : undefined;
}

/** Leaves the mark of somebody who has just signed in. */
export function rememberDevice(req: Request, res: Response, typed: string): void {
  const { device, marks } = read(req);
  const own = mark(device, canonicalAddress(typed) ?? "");
  const kept = [own, ...marks.filter((other) => other !== own)].slice(0, 5);
  res.cookie(cookieName, [device, ...kept].join("."), {
    httpOnly: true,
    sameSite: "lax",
    secure,
    path: "/",
    maxAge: year,
  });
}
