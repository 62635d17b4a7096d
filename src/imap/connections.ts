import type { ImapFlow } from "imapflow";
import { config } from "../config.ts";
import { ImapError } from "./error.ts";
import { openImap } from "./open.ts";
import type { Reached, Way } from "./sources.ts";

/**
 * So many connections a process has at most, in use and idle together; of one mailbox one waits idle. Of one account so many
 * are in use at once: servers that its own people wrote may keep them all waiting, and others go on reading (T92).
 */
const most = 16;
const mostOfOne = 6;
const idleMs = 30_000;

interface Idle {
  client: ImapFlow;
  state: string;
  timer: NodeJS.Timeout;
}
const idle = new Map<string, Idle>();
const waiting: { accountId: string; go: () => void }[] = [];
const inUse = new Map<string, number>();

/** A connection that is signed in: the one that was used last, where it still lives, or a new one. Give it back. */
export async function takeConnection({ id: mailboxId, accountId }: Reached, way: Way): Promise<ImapFlow> {
  await takePlace(accountId);
  const kept = idle.get(mailboxId);
  if (kept) forget(mailboxId);
  if (kept?.client.usable && kept.state === way.state) return kept.client;
  if (kept) void end(kept.client);
  try {
    const client = await openImap(way.settings);
    // Once, however often it is kept and taken again.
    client.once("close", () => idle.get(mailboxId)?.client === client && forget(mailboxId));
    return client;
  } catch (error) {
    givePlace(accountId);
    throw error;
  }
}

/** After the work: kept for half a minute for whoever turns the page, unless something failed on it or nobody will. */
export function giveBack(
  { id: mailboxId, accountId }: Reached,
  way: Way,
  client: ImapFlow,
  then: "keep" | "end" | "broken",
): void {
  if (then === "keep" && client.usable && !idle.has(mailboxId)) {
    const timer = setTimeout(() => {
      forget(mailboxId);
      void end(client);
    }, idleMs).unref();
    idle.set(mailboxId, { client, state: way.state, timer });
  } else if (then !== "broken") void end(client);
  else client.close();
  givePlace(accountId);
}

/** Signs all idle connections out: at the end of the process. */
export async function closeConnections(): Promise<void> {
  const clients = [...idle.values()].map(({ client }) => client);
  for (const mailboxId of [...idle.keys()]) forget(mailboxId);
  await Promise.all(clients.map(end));
}

function forget(mailboxId: string) {
  clearTimeout(idle.get(mailboxId)?.timer);
  idle.delete(mailboxId);
}

/** A server that does not answer the farewell is left without. */
async function end(client: ImapFlow): Promise<void> {
  const timer = setTimeout(() => client.close(), 1000);
  await client.logout().catch(() => client.close());
  clearTimeout(timer);
}

const all = () => [...inUse.values()].reduce((sum, count) => sum + count, 0);
const isFree = (accountId: string) => all() < most && (inUse.get(accountId) ?? 0) < mostOfOne;

function take(accountId: string) {
  if (all() + idle.size >= most) endOldest();
  inUse.set(accountId, (inUse.get(accountId) ?? 0) + 1);
}

async function takePlace(accountId: string): Promise<void> {
  if (isFree(accountId)) return take(accountId);
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      waiting.splice(waiting.indexOf(next), 1);
      reject(new ImapError("busy"));
    }, config.OUTBOUND_TIMEOUT_MS);
    const go = () => {
      clearTimeout(timer);
      resolve();
    };
    const next = { accountId, go };
    waiting.push(next);
  });
}

function endOldest() {
  const [oldest] = idle.keys();
  const kept = oldest && idle.get(oldest);
  if (oldest) forget(oldest);
  if (kept) void end(kept.client);
}

/** To whoever waits longest of those whose account has room. */
function givePlace(accountId: string) {
  const left = inUse.get(accountId)! - 1;
  if (left > 0) inUse.set(accountId, left);
  else inUse.delete(accountId);
  const at = waiting.findIndex((next) => isFree(next.accountId));
  const [next] = at < 0 ? [] : waiting.splice(at, 1);
  if (!next) return;
  take(next.accountId);
  next.go();
}
