import type { Request } from "express";
import { config } from "../config.ts";

const suspicious = /[\\\u0000-\u001f]|^\/\/|^(?!\/)|%0|%5c|^\/%2f/i;

/** A path of ours to go on to, or the fallback: never another site, whatever the link says (T44, CVE-2024-29041). */
export function localPath(wanted: unknown, fallback = "/"): string {
  if (typeof wanted !== "string" || suspicious.test(wanted)) return fallback;
  try {
    const url = new URL(wanted, config.BASE_URL);
    const path = `${url.pathname}${url.search}${url.hash}`;
    // `/..//other.example` is a path of ours that turns into `//other.example` when it is resolved.
    return url.origin === new URL(config.BASE_URL).origin && !path.startsWith("//") ? path : fallback;
  } catch {
    return fallback;
  }
}

/** The page of ours that a request came from, as its browser says; empty where it does not, or where it was none of ours. */
export function cameFrom(req: Pick<Request, "get">): string {
  const from = req.get("Referer") ?? "";
  return from.startsWith(`${config.BASE_URL}/`) ? localPath(from.slice(config.BASE_URL.length), "") : "";
}
