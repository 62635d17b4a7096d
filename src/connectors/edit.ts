import { and, eq, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { seal } from "../access/vault.ts";
import { changeOf, recordEvent } from "../audit/record.ts";
import { db, type Tx } from "../db/client.ts";
import { isDuplicate } from "../db/errors.ts";
import { connectors, imapSources } from "../db/schema.ts";
import { Invalid, Stale } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { countLook, nameTaken } from "./add.ts";
import { type Addresses, addressesOf, assertMailHost } from "./addresses.ts";
import type { ConnectorInput } from "./forms.ts";
import { type Connector, connectorFor, lockConnector, subjectOf, told } from "./queries.ts";

/**
 * Changes a provider's settings (M18). An empty secret keeps the stored one, but never for another token address: whoever may
 * edit could otherwise have it sent to a server of their own. For the same reason tokens end that came from elsewhere or
 * for another client: those mailboxes are to be connected again.
 */
export async function editConnector(actor: Actor, id: string, input: ConnectorInput & { version: number }) {
  const seen = await connectorFor(actor.accountId, id);
  await countLook(actor);
  const addresses = await addressesOf(seen.kind, input);
  if (input.imapHost !== seen.imapHost) await assertMailHost(seen.kind, input.imapHost);
  if (!input.secret && addresses.tokenUrl !== seen.tokenUrl) {
    throw new Invalid("secret", t("Enter the client secret again: from now on it is sent to another address."));
  }
  return db
    .transaction((tx) => change(tx, actor, id, input, addresses))
    .catch((error) => {
      throw isDuplicate(error, "connectors_name") ? nameTaken() : error;
    });
}

async function change(
  tx: Tx,
  actor: Actor,
  id: string,
  { version, ...input }: ConnectorInput & { version: number },
  addresses: Addresses,
): Promise<Connector> {
  const before = await lockConnector(tx, actor.accountId, id);
  if (before.version !== version) throw new Stale(t("Somebody else changed this connector while you were editing it."));

  const { name, clientId, secret, scopes, imapHost, imapPort, imapSecurity } = input;
  const [after] = await tx
    .update(connectors)
    .set({
      ...{ name, clientId, scopes, imapHost, imapPort, imapSecurity, ...addresses },
      ...(secret ? { clientSecret: seal(secret) } : {}),
      version: sql`${connectors.version} + 1`,
    })
    .where(and(eq(connectors.accountId, actor.accountId), eq(connectors.id, before.id)))
    .returning();
  const elsewhere = after!.tokenUrl !== before.tokenUrl || after!.clientId !== before.clientId;
  const cut = elsewhere ? await cutOff(tx, before) : 0;

  const { before: was, after: is } = changeOf(told(before), told(after!), Object.keys(told(before)) as never[]);
  const kept = { ...(secret ? { secret: "changed" } : {}), ...(cut ? { disconnected: cut } : {}) };
  await recordEvent(tx, actor, "connector.changed", subjectOf(after!), { before: was, after: { ...is, ...kept } });
  return after!;
}

/** Forgets the tokens of a connector's mailboxes: each is to be connected again. Says how many there were. */
export async function cutOff(tx: Tx, { accountId, id }: Connector): Promise<number> {
  const cut = await tx
    .update(imapSources)
    .set({
      ...{ refreshToken: null, accessToken: null, accessTokenEndsAt: null, failure: "token" },
      failedAt: sql`now()`,
      updatedAt: sql`now()`,
      version: sql`${imapSources.version} + 1`,
    })
    .where(and(eq(imapSources.accountId, accountId), eq(imapSources.connectorId, id)))
    .returning({ id: imapSources.mailboxId });
  return cut.length;
}
