import { setTimeout } from "node:timers/promises";
import { and, eq, sql } from "drizzle-orm";
import { seal, unseal } from "../access/vault.ts";
import { config } from "../config.ts";
import { findConnector } from "../connectors/queries.ts";
import { db } from "../db/client.ts";
import { imapSources } from "../db/schema.ts";
import { NotFound } from "../http/errors.ts";
import { ImapError } from "../imap/error.ts";
import type { ImapSource } from "../imap/sources.ts";
import { OutboundError } from "../outbound/error.ts";
import { refreshTokens, type Tokens } from "./tokens.ts";

/** Longer than asking can take: whoever asks for a new token has so long, then the next may. In milliseconds. */
const turn = config.OUTBOUND_TIMEOUT_MS + 5_000;
const every = 100;

const ofSource = ({ accountId, mailboxId }: ImapSource) =>
  and(eq(imapSources.accountId, accountId), eq(imapSources.mailboxId, mailboxId));

/** Nobody has connected the mailbox anew: the sealed text says less, for a new key changes that, too. */
const asBefore = ({ version }: ImapSource) => eq(imapSources.version, version);

/** A token within a minute of its end is as good as over: it has to last for a sign-in. */
const lasts = sql<boolean>`coalesce(${imapSources.accessTokenEndsAt} > now() + interval '1 minute', false)`;

/**
 * An access token for a mailbox that is reached through a connector: the stored one, or a new one. One process at a time asks
 * for a mailbox, for a provider that changes its refresh tokens takes a second use of one for theft. Throws `ImapError`:
 * `token` where somebody has to sign in again (the mailbox says so then), else what is wrong with the way there.
 */
export async function accessTokenFor(source: ImapSource): Promise<string> {
  for (const end = Date.now() + turn; Date.now() < end; await setTimeout(every)) {
    const [now] = await db.select({ source: imapSources, lasts }).from(imapSources).where(ofSource(source));
    if (!now?.source.refreshToken) throw new ImapError("token");
    if (now.lasts && now.source.accessToken) return unseal(now.source.accessToken);
    if (await takeTurn(now.source)) return renew(now.source);
  }
  throw new ImapError("timeout");
}

/** Whether this process may ask now: one conditional update, so of many exactly one may. */
async function takeTurn(source: ImapSource): Promise<boolean> {
  const taken = await db
    .update(imapSources)
    .set({ tokenAskedUntil: sql`now() + make_interval(secs => ${turn / 1000}::float8)` })
    .where(
      and(
        ofSource(source),
        asBefore(source),
        sql`not ${lasts}`,
        sql`coalesce(${imapSources.tokenAskedUntil} < now(), true)`,
      ),
    )
    .returning({ id: imapSources.mailboxId });
  return taken.length > 0;
}

async function renew(source: ImapSource): Promise<string> {
  try {
    const connector = await findConnector(db, source.accountId, source.connectorId ?? "");
    const tokens = await refreshTokens(connector, unseal(source.refreshToken!));
    await keep(source, tokens);
    return tokens.accessToken;
  } catch (error) {
    const failure = failureOf(error);
    await giveBack(source, failure.code === "token");
    throw failure;
  }
}

/** Keeps what came; nothing, where somebody has connected the mailbox anew in the meantime. */
const keep = (source: ImapSource, { accessToken, refreshToken, seconds }: Tokens) =>
  db
    .update(imapSources)
    .set({
      accessToken: seal(accessToken),
      accessTokenEndsAt: sql`now() + make_interval(secs => ${seconds}::int)`,
      ...(refreshToken ? { refreshToken: seal(refreshToken) } : {}),
      tokenAskedUntil: null,
    })
    .where(and(ofSource(source), asBefore(source)));

/** The next one may ask; a refresh token that the provider does not take is forgotten, and the mailbox says so. */
const giveBack = (source: ImapSource, dead: boolean) =>
  db
    .update(imapSources)
    .set({
      tokenAskedUntil: null,
      ...(dead
        ? { refreshToken: null, accessToken: null, accessTokenEndsAt: null, failure: "token", failedAt: sql`now()` }
        : {}),
    })
    .where(and(ofSource(source), asBefore(source)));

/** `invalid_grant` is final (RFC 6749, 5.2): revoked, run out, or the password was changed. All else may pass. */
function failureOf(error: unknown): ImapError {
  if (error instanceof NotFound) return new ImapError("token", error);
  const { code, error: said } = (error ?? {}) as Record<string, unknown>;
  if (code === "OAUTH_RESPONSE_BODY_ERROR" && said === "invalid_grant") return new ImapError("token");
  if (error instanceof OutboundError) {
    const passing = ["timeout", "refused", "no_such_host", "certificate", "not_allowed"] as const;
    return new ImapError(passing.find((each) => each === error.code) ?? "unreachable");
  }
  return new ImapError("provider");
}
