import type { Request } from "express";
import { config } from "../config.ts";
import { localPath } from "../http/local-path.ts";

const list = "/admin/users";

/** The users list as the visitor left it, filters and place included, where the form came from there; else its start. */
export function backToList(req: Pick<Request, "get">): string {
  const from = req.get("Referer") ?? "";
  const path = from.startsWith(`${config.BASE_URL}/`) ? localPath(from.slice(config.BASE_URL.length), list) : list;
  return path === list || path.startsWith(`${list}?`) ? path : list;
}
