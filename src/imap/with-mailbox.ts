import type { ImapFlow } from "imapflow";
import type { Actor } from "../access/actor.ts";
import { config } from "../config.ts";
import { AppError, NotFound } from "../http/errors.ts";
import { giveBack, takeConnection } from "./connections.ts";
import { ImapError, imapError } from "./error.ts";
import { type Reached, recordReach, type Way, wayTo } from "./sources.ts";

/** So many bytes a server may send until the work says that it came further: what it holds meanwhile stays in memory (T73). */
const mostBytes = 48 * 1024 * 1024;

/** Says that what came so far is not held any more. */
export type GoOn = () => void;

export interface WorkLimits {
  /** Milliseconds for the work itself, behind the sign-in; three times OUTBOUND_TIMEOUT_MS where nothing is said. */
  within?: number;
  /** Whether the connection may be kept for the next work; so it is where nothing is said. */
  keep?: boolean;
}

/**
 * Does something in a mailbox over IMAP: connects, signs in, runs `work`, and signs out (half a minute later, should the next
 * page want it again). `work` leaves no folder locked. Whether the actor may is the caller's to check; the mailbox is one of
 * their account, else 404. A server that sends without end is left, unless `work` goes on with what came. Throws `ImapError`, and
 * whatever page error `work` throws.
 */
export async function withMailbox<T>(
  actor: Actor,
  mailbox: Reached,
  work: (client: ImapFlow, goOn: GoOn) => Promise<T>,
  { within = 3 * config.OUTBOUND_TIMEOUT_MS, keep = true }: WorkLimits = {},
): Promise<T> {
  if (mailbox.accountId !== actor.accountId) throw new NotFound();
  const way = await wayTo(mailbox);
  const client = await signIn(mailbox, way);
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    client.close();
  }, within);
  const received = () => client.stats().received;
  let from = received();
  let flooded = false;
  const watch = setInterval(() => {
    if (received() - from < mostBytes) return;
    flooded = true;
    client.close();
  }, 100);
  let well = false;
  try {
    const done = await work(client, () => {
      from = received();
    });
    well = true;
    return done;
  } catch (error) {
    if (error instanceof AppError) well = true;
    if (late) throw new ImapError("timeout", error);
    if (flooded) throw new ImapError("failed", error);
    throw isOfConnection(error, client) ? imapError(error) : error;
  } finally {
    clearTimeout(timer);
    clearInterval(watch);
    giveBack(mailbox, way, client, !well || late || flooded ? "broken" : keep ? "keep" : "end");
  }
}

async function signIn(mailbox: Reached, way: Way): Promise<ImapFlow> {
  try {
    const client = await takeConnection(mailbox, way);
    if (way.source) await recordReach(way.source, null);
    return client;
  } catch (error) {
    const failure = imapError(error);
    if (way.source && failure.code !== "busy") await recordReach(way.source, failure.code);
    throw failure;
  }
}

/** Mistakes of our own stay what they are: only what the server said, or a connection that is gone, is the mailbox's. */
const isOfConnection = (error: unknown, client: ImapFlow): boolean =>
  error instanceof ImapError || !client.usable || (error instanceof Error && "responseStatus" in error);
