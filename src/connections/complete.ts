import { and, eq, isNull, sql } from "drizzle-orm";
import { type Actor, can } from "../access/actor.ts";
import { seal } from "../access/vault.ts";
import { recordEvent } from "../audit/record.ts";
import type { Connector } from "../connectors/queries.ts";
import { db, type Tx } from "../db/client.ts";
import { authorizations, imapSources, mailboxes } from "../db/schema.ts";
import { Conflict, Forbidden, Invalid } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { ImapError } from "../imap/error.ts";
import { tryImap } from "../imap/try.ts";
import { connectionOf } from "../imap-mailboxes/queries.ts";
import { lockMailbox, type Mailbox } from "../mailboxes/queries.ts";
import { assertRoomForMailboxes } from "../plans/room.ts";
import { measureSoon } from "../storage/ask.ts";
import type { Answer } from "./forms.ts";
import { type Authorization, openAuthorization } from "./queries.ts";
import { connectedAlready } from "./start.ts";
import { exchangeCode, type Tokens } from "./tokens.ts";
import { exchangeWords, mailWords } from "./words.ts";

/**
 * Connects the mailbox that a sign-in was begun for: spends the sign-in, gets its tokens, signs in to the mail server with
 * them, and only then keeps anything. Of many who try at once one gets through. What fails says why (`Invalid`), and the
 * sign-in is begun again.
 */
export async function completeConnection(actor: Actor, answer: Answer): Promise<Mailbox> {
  const { authorization, connector } = await openAuthorization(actor, answer.state);
  await assertStillMay(actor, authorization);
  await spend(authorization);
  const tokens = await exchangeCode(connector, authorization, answer).catch((error) => {
    const why = exchangeWords(error);
    throw why ? new Invalid("form", why.quote ? `${why.message} “${why.quote}”` : why.message) : error;
  });
  const refreshToken = tokens.refreshToken ?? "";
  if (!refreshToken)
    throw new Invalid(
      "form",
      t(
        "The provider gave no refresh token, so the mailbox would be lost within the hour. Look at the scopes of the connector.",
      ),
    );

  const { address } = authorization.wanted;
  const { imapHost: host, imapPort: port, imapSecurity: security } = connector;
  await tryImap({ host, port, security, username: address, accessToken: tokens.accessToken }).catch((error) => {
    throw error instanceof ImapError ? new Invalid("form", mailWords(error.code, address)) : error;
  });
  return db.transaction((tx) => keep(tx, actor, connector, authorization, { ...tokens, refreshToken }));
}

/** Who may add mailboxes, or change the way to this one: now, not when the sign-in was begun. */
async function assertStillMay(actor: Actor, { wanted }: Authorization): Promise<void> {
  if (wanted.mailboxId) await connectionOf(actor, wanted.mailboxId);
  else if (!can(actor, "mailboxes.add")) throw new Forbidden(t("You may not add mailboxes."));
}

async function spend({ id }: Authorization): Promise<void> {
  const [spent] = await db
    .update(authorizations)
    .set({ spentAt: sql`now()` })
    .where(and(eq(authorizations.id, id), isNull(authorizations.spentAt), sql`${authorizations.expiresAt} > now()`))
    .returning({ id: authorizations.id });
  if (!spent) throw new Conflict(t("This sign-in was used already. Begin again at the connector."));
}

async function keep(tx: Tx, actor: Actor, connector: Connector, { wanted }: Authorization, tokens: Tokens) {
  const mailbox = wanted.mailboxId
    ? await lockMailbox(tx, actor.accountId, wanted.mailboxId)
    : await insertMailbox(tx, actor, wanted);
  const source = {
    host: connector.imapHost,
    port: connector.imapPort,
    security: connector.imapSecurity,
    username: mailbox.address,
    password: null,
    connectorId: connector.id,
    refreshToken: seal(tokens.refreshToken!),
    accessToken: seal(tokens.accessToken),
    accessTokenEndsAt: sql`now() + make_interval(secs => ${tokens.seconds}::int)`,
    tokenAskedUntil: null,
    reachedAt: sql`now()`,
    failedAt: null,
    failure: null,
    updatedAt: sql`now()`,
  };
  await tx
    .insert(imapSources)
    .values({ mailboxId: mailbox.id, accountId: actor.accountId, ...source })
    .onConflictDoUpdate({
      target: imapSources.mailboxId,
      set: { ...source, version: sql`${imapSources.version} + 1` },
      setWhere: eq(imapSources.accountId, actor.accountId),
    });
  await measureSoon(tx, { mailboxId: mailbox.id, accountId: actor.accountId });
  const subject = { type: "mailbox", id: mailbox.id, label: mailbox.name } as const;
  const after = { name: mailbox.name, address: mailbox.address, connector: connector.name, host: connector.imapHost };
  await recordEvent(tx, actor, wanted.mailboxId ? "mailbox.reconnected" : "mailbox.connected", subject, { after });
  return mailbox;
}

async function insertMailbox(tx: Tx, actor: Actor, { name, address }: Authorization["wanted"]): Promise<Mailbox> {
  await assertRoomForMailboxes(tx, actor.accountId);
  const [mailbox] = await tx
    .insert(mailboxes)
    .values({ accountId: actor.accountId, kind: "imap", name, address })
    .onConflictDoNothing()
    .returning();
  if (!mailbox) throw connectedAlready();
  return mailbox;
}
