import { and, eq, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import type { Permission } from "../access/permissions.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { apiClients } from "../db/schema.ts";
import { Stale } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { assertScopes, sorted } from "./create.ts";
import { assertMaker, type Client, lockClient, subjectOf } from "./queries.ts";

interface Input {
  name: string;
  scopes: Permission[];
  version: number;
}

/** Renames a client or changes what it may do. A scope that goes is gone for its tokens at once, one that comes is for new tokens. */
export function changeClient(actor: Actor, id: string, { name, scopes, version }: Input): Promise<Client> {
  return db.transaction(async (tx) => {
    const client = await lockClient(tx, actor.accountId, id);
    assertMaker(actor, client);
    if (client.version !== version) throw staleClient();
    const wanted = sorted(scopes);
    assertScopes(
      actor,
      wanted.filter((scope) => !client.scopes.includes(scope)),
    );
    if (client.name === name && String(client.scopes) === String(wanted)) return client;

    const [changed] = await tx
      .update(apiClients)
      .set({ name, scopes: wanted, version: sql`${apiClients.version} + 1` })
      .where(and(eq(apiClients.accountId, actor.accountId), eq(apiClients.id, client.id)))
      .returning();
    await recordEvent(tx, actor, "client.changed", subjectOf(changed!), {
      before: { name: client.name, permissions: client.scopes },
      after: { name, permissions: wanted },
    });
    return changed!;
  });
}

/** T56: somebody saved in between. */
export const staleClient = (): Stale => new Stale(t("This client was changed while you were looking at it."));
