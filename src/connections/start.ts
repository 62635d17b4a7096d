import { sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { assertWithin } from "../access/limits.ts";
import { seal } from "../access/vault.ts";
import { redirectUrl } from "../connectors/kinds.ts";
import { type Connector, findConnector } from "../connectors/queries.ts";
import { db } from "../db/client.ts";
import type { WantedMailbox } from "../db/connectors.ts";
import { authorizations } from "../db/schema.ts";
import { Conflict, Invalid } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { connectionOf } from "../imap-mailboxes/queries.ts";
import { assertRoomForMailboxes } from "../plans/room.ts";
import { isConnected } from "./queries.ts";
import { challengeOf, hashOf, newSecret } from "./secrets.ts";

/** How long somebody may take to sign in at the provider, in minutes. */
const minutes = 10;
const perHour = 60;

export const connectedAlready = () => new Invalid("address", t("A mailbox with this address is connected already."));

/** Begins to connect a new mailbox: nothing is added yet. Returns the address at the provider where somebody signs in. */
export async function startConnection(actor: Actor, connectorId: string, input: { name: string; address: string }) {
  await assertWithin([{ key: `connections:${actor.accountId}`, points: perHour, seconds: 3600 }]);
  const { address } = input;
  return db.transaction(async (tx) => {
    const connector = await findConnector(tx, actor.accountId, connectorId);
    await assertRoomForMailboxes(tx, actor.accountId);
    if (await isConnected(tx, actor.accountId, address)) throw connectedAlready();
    const { row, ...begun } = leave(actor, connector, { address, name: input.name || address });
    await tx.insert(authorizations).values(row);
    return { connector, ...begun };
  });
}

/** Begins to connect a mailbox anew: its tokens have ended, or it had a password so far. */
export async function startReconnection(actor: Actor, mailboxId: string, input: { connector: string }) {
  await assertWithin([{ key: `connections:${actor.accountId}`, points: perHour, seconds: 3600 }]);
  return db.transaction(async (tx) => {
    const connector = await findConnector(tx, actor.accountId, input.connector);
    const { mailbox } = await connectionOf(actor, mailboxId, tx);
    if (mailbox.archivedAt) throw new Conflict(t("This mailbox is archived. Restore it first."));
    const { name, address } = mailbox;
    const { row, ...begun } = leave(actor, connector, { name, address, mailboxId: mailbox.id });
    await tx.insert(authorizations).values(row);
    return { connector, ...begun };
  });
}

/** A sign-in that is under way, and the address it begins at. Only a hash of its state is stored. */
function leave(actor: Actor, connector: Connector, wanted: WantedMailbox) {
  const [state, verifier] = [newSecret(), newSecret()];
  const row = {
    accountId: actor.accountId,
    connectorId: connector.id,
    userId: actor.userId!,
    stateHash: hashOf(state),
    verifier: seal(verifier),
    wanted,
    expiresAt: sql`now() + make_interval(mins => ${minutes})`,
  };
  return { row, stateHash: row.stateHash, url: signInAt(connector, wanted.address, state, challengeOf(verifier)) };
}

/** Who asks for a refresh token says it each in its own way: Google by `access_type`, OpenID Connect by `prompt`. */
const lasting = {
  google: { access_type: "offline", prompt: "consent" },
  microsoft: {},
  generic: { prompt: "consent" },
} as const;

function signInAt(connector: Connector, address: string, state: string, challenge: string): string {
  const url = new URL(connector.authorizeUrl);
  const parameters = {
    response_type: "code",
    client_id: connector.clientId,
    redirect_uri: redirectUrl,
    scope: connector.scopes.join(" "),
    login_hint: address,
    code_challenge: challenge,
    code_challenge_method: "S256",
    state,
    ...lasting[connector.kind],
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.href;
}
