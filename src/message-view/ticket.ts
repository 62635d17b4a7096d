import { createHmac, createSecretKey, hkdfSync, timingSafeEqual } from "node:crypto";
import type { Actor } from "../access/actor.ts";
import { config } from "../config.ts";
import { sharedNow } from "../db/clock.ts";

const key = createSecretKey(Buffer.from(hkdfSync("sha256", config.SESSION_SECRET, "", "muster message frames", 32)));

/** The page of a message loads its frame at once. */
const seconds = 300;

/** Which message, and with what. */
export interface View {
  mailboxId: string;
  folder: string;
  uid: number;
  /** Whether pictures from other servers may be loaded. */
  remote: boolean;
}

const sealOf = (actor: Actor, { mailboxId, folder, uid, remote }: View, until: number) =>
  createHmac("sha256", key)
    .update(JSON.stringify([actor.userId, actor.accountId, mailboxId, folder, uid, remote, until]))
    .digest("base64url");

/**
 * What opens the frame of one message to one person for five minutes. It is given out after the view was written to the
 * log, so that no content is shown without (X12).
 */
export function ticketFor(actor: Actor, view: View): string {
  const until = Math.ceil(sharedNow() / 1000) + seconds;
  return `${until}.${view.remote ? "all" : "own"}.${sealOf(actor, view, until)}`;
}

/** What a ticket opens, or undefined where it is none, another person's or message's, or too old. */
export function viewOf(actor: Actor, message: Omit<View, "remote">, ticket: unknown): View | undefined {
  const [, until, which, seal] = /^(\d{1,12})\.(all|own)\.([\w-]{43})$/.exec(String(ticket)) ?? [];
  if (!until || !seal || Number(until) * 1000 < sharedNow()) return undefined;
  const view = { ...message, remote: which === "all" };
  const right = Buffer.from(sealOf(actor, view, Number(until)));
  return timingSafeEqual(right, Buffer.from(seal)) ? view : undefined;
}
