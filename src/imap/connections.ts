import type { ImapFlow } from "imapflow";
import { config } from "../config.ts";
import { ImapError } from "./error.ts";
import { openImap } from "./open.ts";
import type { Way } from "./sources.ts";

/** So many connections a process has at most, in use and idle together; of one mailbox one waits idle. */
const most = 16;
const idleMs = 30_000;

interface Idle {
  client: ImapFlow;
  state: string;
  timer: NodeJS.Timeout;
}
const idle = new Map<string, Idle>();
const waiting: (() => void)[] = [];
let inUse = 0;

/** A connection that is signed in: the one that was used last, where it still lives, or a new one. Give it back. */
export async function takeConnection(mailboxId: string, way: Way): Promise<ImapFlow> {
  await takePlace();
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
    givePlace();
    throw error;
  }
}

/** After the work: kept for half a minute for whoever turns the page, unless something failed on it or nobody will. */
export function giveBack(mailboxId: string, way: Way, client: ImapFlow, then: "keep" | "end" | "broken"): void {
  if (then === "keep" && client.usable && !idle.has(mailboxId)) {
    const timer = setTimeout(() => {
      forget(mailboxId);
      void end(client);
    }, idleMs).unref();
    idle.set(mailboxId, { client, state: way.state, timer });
  } else if (then !== "broken") void end(client);
  else client.close();
  givePlace();
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

async function takePlace(): Promise<void> {
  if (inUse + idle.size >= most) {
    const [oldest] = idle.keys();
    const kept = oldest && idle.get(oldest);
    if (oldest) forget(oldest);
    if (kept) void end(kept.client);
  }
  if (inUse < most) {
    inUse += 1;
    return;
  }
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      waiting.splice(waiting.indexOf(next), 1);
      reject(new ImapError("busy"));
    }, config.OUTBOUND_TIMEOUT_MS);
    const next = () => {
      clearTimeout(timer);
      resolve();
    };
    waiting.push(next);
  });
}

function givePlace() {
  const next = waiting.shift();
  if (next) next();
  else inUse -= 1;
}
