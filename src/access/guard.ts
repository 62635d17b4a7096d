import type { NextFunction, Request, RequestHandler, Response } from "express";
import { Conflict, type Control, Forbidden } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { can, canOnAnyMailbox } from "./actor.ts";
import { type Permission, permissions } from "./permissions.ts";

/** What a route declares about who may enter; without it the application does not start (T60). */
export interface Guard {
  kind: "open" | "signed-in" | "permission" | "instance";
  permission?: Permission;
  /** Each of these opens the door as well. */
  others?: Permission[];
}

/** Generic, so that it fits a route with any parameters without widening them. */
interface GuardHandler {
  <P>(req: Request<P>, res: Response, next: NextFunction): void;
  guard: Guard;
}

const guarded = (guard: Guard, check: (req: Request<unknown>, res: Response) => boolean): GuardHandler =>
  Object.assign(
    <P>(req: Request<P>, res: Response, next: NextFunction) => {
      if (check(req, res)) next();
    },
    { guard },
  );

/** Sends a visitor without a session to the sign-in page, and back afterwards. */
function askToSignIn(req: Request<unknown>, res: Response): false {
  const next = req.method === "GET" ? `?next=${encodeURIComponent(req.originalUrl)}` : "";
  if (req.get("HX-Request")) res.status(401).set("HX-Redirect", `/sign-in${next}`).end();
  else res.redirect(303, `/sign-in${next}`);
  return false;
}

/** Nobody works in a suspended account. A page that was asked for is the one that says so; whatever was to change is refused. */
function sayWhySuspended(req: Request<unknown>, res: Response): false {
  res.locals.control = "suspension" satisfies Control;
  if (req.get("HX-Request")) res.status(403).set("HX-Redirect", "/accounts/suspended").end();
  else if (req.method === "GET" || req.method === "HEAD") res.redirect(303, "/accounts/suspended");
  else throw new Forbidden(t("This account is suspended. Nothing was changed."), "suspension");
  return false;
}

/** T107: the account asks for a second factor that the visitor lacks: the one page of it that they reach is where to set one up. */
function askForFactor(req: Request<unknown>, res: Response): false {
  res.locals.control = "second factor" satisfies Control;
  if (req.get("HX-Request")) res.status(403).set("HX-Redirect", "/profile/security/required").end();
  else if (req.method === "GET" || req.method === "HEAD") res.redirect(303, "/profile/security/required");
  else
    throw new Forbidden(
      t("This account asks for a second factor. Set one up first. Nothing was changed."),
      "second factor",
    );
  return false;
}

/**
 * A form acts only in the account it was rendered for: one session, many accounts, many tabs (requirements, conventions).
 * One that carries a file says it in its address: nothing of an upload is read before it is known to be welcome (T46).
 */
function checkAccount(req: Request<unknown>) {
  const said = (req.is("multipart/form-data") ? req.query : req.body) as { _account?: unknown } | undefined;
  const posted = said?._account;
  if (req.method === "GET" || req.method === "HEAD") return;
  if (posted !== req.visitor?.account?.id) {
    throw new Conflict(
      t(
        "This page belongs to another account than the one you are working in now. Nothing was changed. Open it again from the list.",
      ),
      "account",
    );
  }
}

/** For everybody, signed in or not. The reason is for the reader of the route. */
export const open = (_reason: string): GuardHandler => guarded({ kind: "open" }, () => true);

/** For everybody who is signed in, whatever they may do. */
export const signedIn = (): GuardHandler =>
  guarded({ kind: "signed-in" }, (req, res) => (req.visitor ? true : askToSignIn(req, res)));

/**
 * For members who hold the permission, or one of the others: on the account, or, for a mailbox permission, on any mailbox
 * (verbs check which).
 */
export const allow = (permission: Permission, ...others: Permission[]): GuardHandler =>
  guarded({ kind: "permission", permission, others }, (req, res) => {
    if (!req.visitor) return askToSignIn(req, res);
    if (req.visitor.account?.suspended) return sayWhySuspended(req, res);
    if (req.visitor.account?.factorWanted?.due) return askForFactor(req, res);
    const holds = (wanted: Permission) =>
      permissions[wanted].level === "mailbox" ? canOnAnyMailbox(req.actor, wanted) : can(req.actor, wanted);
    if (!req.actor || ![permission, ...others].some(holds))
      throw new Forbidden(
        t("You need the permission “{permission}” for this.", { permission: t(permissions[permission].title) }),
      );
    checkAccount(req);
    return true;
  });

/** For administrators of the instance. */
export const allowInstance = (): GuardHandler =>
  guarded({ kind: "instance" }, (req, res) => {
    if (!req.visitor) return askToSignIn(req, res);
    if (!req.visitor.instanceAdmin) throw new Forbidden(t("Only an administrator of this instance may do this."));
    return true;
  });

/** The guard that a route declares, if any. */
export const guardOf = (handlers: RequestHandler[]): Guard | undefined =>
  handlers.map((handler) => (handler as Partial<GuardHandler>).guard).find(Boolean);
