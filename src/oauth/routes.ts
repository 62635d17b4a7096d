import express, { type RequestHandler, Router } from "express";
import { spend } from "../access/allowance.ts";
import { open } from "../access/guard.ts";
import { addressKey } from "../access/limits.ts";
import { requestOf } from "../access/person.ts";
import { config } from "../config.ts";
import { provenClient, readParameters } from "./client.ts";
import { answerOAuthError, OAuthError } from "./errors.ts";
import { issueAccess, narrowed } from "./issue.ts";
import { metadata } from "./metadata.ts";
import { refreshTokens } from "./refresh.ts";
import { revokeToken } from "./revoke.ts";

/** Where programs get their tokens, mounted at / before sessions: clients prove themselves, cookies count for nothing. */
export const oauth = Router();

/** Guessing secrets, or asking for a token with each call, ends at a tenth of what an address may call. */
const seldom: RequestHandler = async (req, _res, next) => {
  const points = Math.ceil(config.API_CALLS_PER_MINUTE_PER_IP / 10);
  const { wait } = await spend({ key: `oauth:${addressKey(req.ip)}`, points, seconds: 60 });
  if (wait > 0)
    throw new OAuthError("temporarily_unavailable", "Too many requests. Keep a token until it expires.", 429, {
      "Retry-After": String(wait),
    });
  next();
};

const form = express.urlencoded({ extended: false, limit: "10kb", parameterLimit: 20, inflate: false });

oauth.post("/oauth/token", open("clients prove themselves"), seldom, form, async (req, res) => {
  const { grant_type, scope, refresh_token, ...rest } = readParameters(req);
  if (!grant_type) throw new OAuthError("invalid_request", "grant_type is missing.");
  const client = await provenClient(req, rest);
  res.set("Pragma", "no-cache");
  if (grant_type === "client_credentials") return res.json(await issueAccess(client, narrowed(scope, client.scopes)));
  if (grant_type !== "refresh_token")
    throw new OAuthError("unsupported_grant_type", "Use client_credentials or refresh_token.");
  if (!refresh_token) throw new OAuthError("invalid_request", "refresh_token is missing.");
  return res.json(await refreshTokens(client, refresh_token, scope, requestOf(req)));
});

oauth.post("/oauth/revoke", open("clients prove themselves"), seldom, form, async (req, res) => {
  const { token, ...rest } = readParameters(req);
  const client = await provenClient(req, rest);
  if (!token) throw new OAuthError("invalid_request", "token is missing.");
  await revokeToken(client, token, requestOf(req));
  res.status(200).end();
});

oauth.get("/.well-known/oauth-authorization-server", open("where programs get their tokens"), (_req, res) => {
  res.json(metadata());
});

oauth.use("/oauth", answerOAuthError);
