import type { RequestHandler, Response } from "express";
import { can, canOnAnyMailbox } from "../access/actor.ts";
import { type Standing, spend } from "../access/allowance.ts";
import { addressKey, inWords } from "../access/limits.ts";
import { type Permission, permissions } from "../access/permissions.ts";
import { config } from "../config.ts";
import { type AppError, Forbidden } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { actorFor, type Caller, findCaller, type Refused } from "../oauth/caller.ts";
import type { Endpoint } from "./endpoint.ts";
import { ApiError } from "./problem.ts";

/** As draft-ietf-httpapi-ratelimit-headers names them: what is allowed in a minute, what is left of it, and until when. */
function tell(res: Response, { points, left, resets }: Standing) {
  res.set({ "RateLimit-Policy": `"client";q=${points};w=60`, RateLimit: `"client";r=${left};t=${resets}` });
}

function assertPasses({ wait }: Standing) {
  if (wait === 0) return;
  const detail = t("That was too many in a short time. Try again in {left}.", { left: inWords(wait) });
  throw new ApiError(429, detail, { headers: { "Retry-After": String(wait) } });
}

const bearer = /^Bearer +([\w.~+/=-]+) *$/i;

const words: Record<Exclude<Refused["why"], "suspended" | "factor">, () => string> = {
  unknown: () => t("This is no access token of this installation."),
  over: () => t("This access token has expired or was revoked. Get a new one at /oauth/token."),
  maker: () => t("Whoever made this client has no active place in the account any more, so its tokens do nothing."),
};

/** 401 as RFC 6750 wants it: without a token no reason is given, with a bad one it is named. */
function unauthorized(refused?: Refused): AppError {
  // The token is good, and will be again: no program should throw it away.
  if (refused?.why === "suspended")
    return new Forbidden(t("The account of this client is suspended by whoever runs this installation."), "suspension");
  if (refused?.why === "factor")
    return new Forbidden(
      t(
        "The account asks for a second factor, and whoever made this client has none. Its tokens work again once they do.",
      ),
      "second factor",
    );
  const challenge = refused ? `Bearer realm="Muster", error="invalid_token"` : `Bearer realm="Muster"`;
  const detail = refused
    ? words[refused.why]()
    : t("Send an access token: “Authorization: Bearer …”. Get one at /oauth/token.");
  return new ApiError(401, detail, { headers: { "WWW-Authenticate": challenge } });
}

/**
 * Who calls: the address may call so often (guessing tokens ends there), the token must be good, and the client may call
 * so often. Cookies count for nothing here, so no page of anybody can make a browser call.
 */
export const identifyCaller: RequestHandler = async (req, res, next) => {
  const seconds = 60;
  const address = { key: `api-address:${addressKey(req.ip)}`, points: config.API_CALLS_PER_MINUTE_PER_IP, seconds };
  assertPasses(await spend(address));
  const header = req.get("Authorization");
  if (!header) throw unauthorized();
  const token = bearer.exec(header)?.[1] ?? "";
  const found = await findCaller(token, { id: req.id, ip: req.ip });
  res.locals.client = found.client;
  if ("why" in found) throw unauthorized(found);

  const standing = await spend({ key: `api-client:${found.client.id}`, points: config.API_CALLS_PER_MINUTE, seconds });
  tell(res, standing);
  assertPasses(standing);
  res.locals.caller = found;
  next();
};

/** Whether the token is for this, and whether its maker may do it: the right that the page's route names (T60). */
export const permit = ({ permission, others }: Endpoint): RequestHandler => {
  const wanted = [permission, ...others];
  return (req, res, next) => {
    const caller = res.locals.caller as Caller;
    const title = t(permissions[permission].title);
    if (!wanted.some((each) => caller.scopes.has(each))) {
      throw new ApiError(
        403,
        t("The token is not for “{permission}” ({key}).", { permission: title, key: permission }),
        {
          control: "scope",
          headers: { "WWW-Authenticate": `Bearer realm="Muster", error="insufficient_scope", scope="${permission}"` },
        },
      );
    }
    req.actor = actorFor(caller);
    const holds = (each: Permission) =>
      permissions[each].level === "mailbox" ? canOnAnyMailbox(req.actor, each) : can(req.actor, each);
    if (!wanted.some(holds))
      throw new Forbidden(
        t("Whoever made this client does not hold the permission “{permission}” any more.", { permission: title }),
      );
    next();
  };
};
