import type { Actor } from "../access/actor.ts";
import { assertWithin } from "../access/limits.ts";
import { seal } from "../access/vault.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import type { ConnectorKind } from "../db/connectors.ts";
import { connectors } from "../db/schema.ts";
import { Invalid } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { addressesOf, assertMailHost } from "./addresses.ts";
import type { ConnectorInput } from "./forms.ts";
import { type Connector, subjectOf, told } from "./queries.ts";

/** Saving asks servers that somebody named: so many an hour are enough for one account. */
const perHour = 60;

/** Counts a look at servers outside against what an account may have of them. */
export const countLook = (actor: Actor) =>
  assertWithin([{ key: `connectors:${actor.accountId}`, points: perHour, seconds: 3600 }]);

export const nameTaken = () => new Invalid("name", t("Another connector is called like that. Choose another name."));

/** Keeps a provider's OAuth settings (M17). The secret is sealed, and shown to nobody again. */
export async function addConnector(actor: Actor, input: ConnectorInput & { kind: ConnectorKind }): Promise<Connector> {
  await countLook(actor);
  const { kind, name, clientId, secret, scopes, imapHost, imapPort, imapSecurity } = input;
  const addresses = await addressesOf(kind, input);
  await assertMailHost(kind, imapHost);
  return db.transaction(async (tx) => {
    const [connector] = await tx
      .insert(connectors)
      .values({
        ...{ accountId: actor.accountId, kind, name, clientId, scopes, imapHost, imapPort, imapSecurity, ...addresses },
        clientSecret: seal(secret),
        createdBy: actor.userId,
      })
      .onConflictDoNothing()
      .returning();
    if (!connector) throw nameTaken();

    await recordEvent(tx, actor, "connector.added", subjectOf(connector), { after: { kind, ...told(connector) } });
    return connector;
  });
}
