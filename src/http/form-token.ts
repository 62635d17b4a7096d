import { createHmac, createSecretKey, hkdfSync, randomBytes, timingSafeEqual } from "node:crypto";
import type { Request, Response } from "express";
import { config } from "../config.ts";

const key = createSecretKey(Buffer.from(hkdfSync("sha256", config.SESSION_SECRET, "", "muster form tokens", 32)));
const secure = config.BASE_URL.startsWith("https:");
const cookieName = secure ? "__Host-muster-form" : "muster-form";

/** The browser's random name in a cookie of its own: looking at a page stores nothing here, for nobody. */
const browserOf = (req: Request): string | undefined =>
  new RegExp(`(?:^|; *)${cookieName}=([\\w-]{36})(?:;|$)`).exec(req.get("Cookie") ?? "")?.[1];

const tokenOf = (browser: string) => createHmac("sha256", key).update(browser).digest("base64url");

/** What the forms of this page carry, to prove that it was opened in this browser. */
export function giveFormToken(req: Request, res: Response): string {
  const known = browserOf(req);
  const browser = known ?? randomBytes(27).toString("base64url");
  if (!known) res.cookie(cookieName, browser, { httpOnly: true, sameSite: "lax", secure, path: "/" });
  return tokenOf(browser);
}

/** Whether a posted token was given to this browser. */
export function isFormToken(req: Request, posted: unknown): boolean {
  const browser = browserOf(req);
  if (!browser || typeof posted !== "string") return false;
  const [given, right] = [Buffer.from(posted), Buffer.from(tokenOf(browser))];
  return given.length === right.length && timingSafeEqual(given, right);
}
