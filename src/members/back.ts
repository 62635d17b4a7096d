import type { Request } from "express";
import { type Actor, can } from "../access/actor.ts";
import { cameFrom, localPath } from "../http/local-path.ts";

const list = "/admin/users";

/** The list of an import's people is one, too. */
const isList = (path: string) =>
  path === list || path.startsWith(`${list}?`) || /^\/admin\/imports\/[\da-f-]{36}\/people(\?|$)/.test(path);

/**
 * The users list as the visitor left it, filters and place included, where the form came from there, or from a page that
 * did and says so in `back`; else `otherwise`, or the start of the list.
 */
export function backToList(req: Pick<Request, "get" | "actor" | "body" | "query">, otherwise?: string): string {
  const said = [req.body as { back?: unknown } | undefined, req.query].map((fields) => localPath(fields?.back, ""));
  return [cameFrom(req), ...said].find(isList) ?? otherwise ?? listOf(req.actor);
}

/** Where work on users begins: the list; for who may only invite, the form; for anybody else their own pages. */
const listOf = (actor: Actor): string =>
  can(actor, "users.view") ? list : can(actor, "invites.send") ? `${list}/new` : "/profile";
