import { and, eq, isNull, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { seal } from "../access/vault.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { authorizations, connectors } from "../db/schema.ts";
import { Stale } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { cutOff } from "./edit.ts";
import { lockConnector, subjectOf, told } from "./queries.ts";

/**
 * Deletes a connector (M19): its secret and every token that came through it are forgotten, so its mailboxes stay and are no
 * longer reached; each can be connected anew. Sign-ins that are under way lead nowhere.
 */
export function deleteConnector(actor: Actor, id: string, input: { version: number }) {
  return db.transaction(async (tx) => {
    const connector = await lockConnector(tx, actor.accountId, id);
    if (connector.version !== input.version)
      throw new Stale(t("Somebody else changed this connector while you were looking at it."));

    const disconnected = await cutOff(tx, connector);
    await tx
      .update(authorizations)
      .set({ spentAt: sql`now()` })
      .where(
        and(
          eq(authorizations.accountId, actor.accountId),
          eq(authorizations.connectorId, connector.id),
          isNull(authorizations.spentAt),
        ),
      );
    await tx
      .update(connectors)
      .set({
        endedAt: sql`now()`,
        endedBy: actor.userId,
        clientSecret: seal(""),
        version: sql`${connectors.version} + 1`,
      })
      .where(and(eq(connectors.accountId, actor.accountId), eq(connectors.id, connector.id)));
    const change = { before: told(connector), after: { disconnected } };
    await recordEvent(tx, actor, "connector.removed", subjectOf(connector), change);
    return { connector, disconnected };
  });
}
