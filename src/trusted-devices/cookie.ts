import type { Request, Response } from "express";
import { config } from "../config.ts";

const secure = config.BASE_URL.startsWith("https:");
const cookieName = secure ? "__Host-muster-trusted" : "muster-trusted";

/** How long a device is trusted, in milliseconds. */
export const thirtyDays = 30 * 24 * 60 * 60_000;

/** The tokens that a browser holds: of up to five people who share the device. */
export const tokensOf = (req: Request): string[] =>
  (req.get("Cookie") ?? "")
    .split(/; */)
    .find((pair) => pair.startsWith(`${cookieName}=`))
    ?.slice(cookieName.length + 1)
    .split("~")
    .filter((token) => /^[\w-]{43}$/.test(token))
    .slice(0, 5) ?? [];

/** Leaves tokens in the browser, the newest first. */
export function keepTokens(res: Response, tokens: string[]): void {
  const value = tokens.slice(0, 5).join("~");
  res.cookie(cookieName, value, { httpOnly: true, sameSite: "lax", secure, path: "/", maxAge: thirtyDays });
}
