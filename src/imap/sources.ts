import { and, eq, sql } from "drizzle-orm";
import { unseal } from "../access/vault.ts";
import { config } from "../config.ts";
import { accessTokenFor } from "../connections/access-token.ts";
import { imapSources } from "../db/boxes.ts";
import { db } from "../db/client.ts";
import type { mailboxes } from "../db/schema.ts";
import { type ImapCode, ImapError } from "./error.ts";
import type { ImapSettings } from "./open.ts";

export type ImapSource = typeof imapSources.$inferSelect;
export type Reached = Pick<typeof mailboxes.$inferSelect, "id" | "accountId" | "kind" | "address">;

/** Where a mailbox is reached. `state` changes whenever the way there does, so no old connection is used for a new one. */
export interface Way {
  settings: ImapSettings;
  state: string;
  source?: ImapSource;
}

/** How to sign in to this mailbox. Throws `ImapError`: `not_connected`, and `token` where a provider gives none. */
export async function wayTo(mailbox: Reached): Promise<Way> {
  if (mailbox.kind === "native") return { settings: masterSettings(mailbox.address), state: "native" };
  const [source] = await db
    .select()
    .from(imapSources)
    .where(and(eq(imapSources.accountId, mailbox.accountId), eq(imapSources.mailboxId, mailbox.id)));
  if (!source || !(source.connectorId || source.password)) throw new ImapError("not_connected");
  const { host, port, security, username, password } = source;
  const secret = source.connectorId ? { accessToken: await accessTokenFor(source) } : { password: unseal(password!) };
  return { settings: { host, port, security, username, ...secret }, state: `${source.version}`, source };
}

/** A native mailbox is read as the mail server's master user: `ana@acme.test*master` (Dovecot's separator). */
function masterSettings(address: string): ImapSettings {
  const url = URL.parse(config.MAIL_SERVER_IMAP);
  if (!url) throw new ImapError("not_connected");
  const tls = url.protocol === "imaps:";
  return {
    host: url.hostname,
    port: Number(url.port) || (tls ? 993 : 143),
    security: tls ? "tls" : "starttls",
    username: `${address}*${decodeURIComponent(url.username)}`,
    password: decodeURIComponent(url.password),
    operators: true,
  };
}

/** Since when it fails: not when it failed last. */
const since = sql`case when ${imapSources.failure} is null then now() else coalesce(${imapSources.failedAt}, now()) end`;

/** Remembers that a sign-in worked (to the minute: reading a mailbox shall not write a row each time) or why it did not. */
export async function recordReach(source: ImapSource, failure: ImapCode | null): Promise<void> {
  const recent = source.reachedAt && Date.now() - source.reachedAt.getTime() < 60_000;
  if (!failure && recent && !source.failure) return;
  await db
    .update(imapSources)
    .set(
      failure
        ? { failedAt: since, failure, ...(failure === "token" ? { accessTokenEndsAt: null } : {}) }
        : { reachedAt: sql`now()`, failure: null },
    )
    .where(
      and(
        eq(imapSources.accountId, source.accountId),
        eq(imapSources.mailboxId, source.mailboxId),
        // Of settings that somebody replaced meanwhile this says nothing.
        eq(imapSources.version, source.version),
      ),
    );
}
