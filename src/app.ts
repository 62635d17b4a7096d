import { parse } from "node:querystring";
import compression from "compression";
import express, { type Express, type RequestHandler } from "express";
import { can } from "./access/actor.ts";
import { open } from "./access/guard.ts";
import { failed } from "./api/problem.ts";
import { passport } from "./auth/passport.ts";
import { config } from "./config.ts";
import { health } from "./health/routes.ts";
import { assets } from "./http/asset-routes.ts";
import { NotFound } from "./http/errors.ts";
import { identify, inBrowsersLanguage } from "./http/identify.ts";
import { renderError } from "./http/render-error.ts";
import { requestLog } from "./http/request-log.ts";
import { enter, whenAsked } from "./http/room.ts";
import { filesFromOwnPages, flatBody, noStore, sameOriginOnly, securityHeaders } from "./http/security.ts";
import { saveBeforeRedirect, sessions } from "./http/session.ts";
import { enforceSessionAge } from "./http/session-age.ts";
import { timeRequests } from "./metrics/routes.ts";
import { programs, rooms } from "./rooms.ts";

const home: RequestHandler = (req, res) => {
  if (!req.visitor) return res.redirect(303, "/sign-in");
  if (req.visitor.account?.suspended) return res.redirect(303, "/accounts/suspended");
  if (req.visitor.account?.factorWanted?.due) return res.redirect(303, "/profile/security/required");
  const first = (["dashboard", "users"] as const).find((room) => req.actor && can(req.actor, `${room}.view`));
  return res.redirect(303, first ? `/admin/${first}` : "/profile");
};

/** Every endpoint; each says itself which right it takes (src/api/endpoint.ts). */
const api = whenAsked(async () => (await import("./api/routes.ts")).api);

/** Reads forms of at most so many fields; more is 413. Lists of people and reports choose among hundreds of mailboxes, so they take more. */
const forms = (fields: number) => express.urlencoded({ extended: false, limit: "100kb", parameterLimit: fields });

/** Texts, lists of the same name, no objects (T67). A NUL is in nothing that is looked for, and no database takes one. */
const readQuery = (asked: string | null | undefined) => parse((asked ?? "").replaceAll("%00", ""));

/** The application: an ordered list of what every request passes. */
export function createApp(): Express {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.set("trust proxy", config.TRUST_PROXY);
  app.set("query parser", readQuery);

  app.use(requestLog);
  app.use(timeRequests);
  app.use(securityHeaders());
  app.use("/", health);
  app.use("/assets", assets);
  app.use(compression({ level: 1 }));
  app.use(noStore);
  app.use("/api", inBrowsersLanguage);
  app.use(enter(programs));
  app.use("/api/v1", api, failed);
  app.use(sessions());
  app.use(saveBeforeRedirect);
  app.use(passport.session());
  app.use(enforceSessionAge);
  app.use(identify);
  app.use("/admin/users/many", forms(1000));
  app.use("/admin/reports", forms(1000));
  app.use("/admin/users/:id/offboarding", forms(1000));
  app.use(forms(200));
  app.use(sameOriginOnly);
  app.use(filesFromOwnPages);
  app.use(flatBody);
  for (const typed of ["/", "/admin"]) app.get(typed, open("sends people on"), home);
  app.use(enter(rooms));
  app.use(() => {
    throw new NotFound();
  });
  app.use(renderError);
  return app;
}
