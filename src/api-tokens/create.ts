import { sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import type { Permission } from "../access/permissions.ts";
import { makeSecret } from "../access/secrets.ts";
import { assertScopes, sorted } from "../api-clients/create.ts";
import { assertMaker, lockClient } from "../api-clients/queries.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { apiTokens } from "../db/schema.ts";
import { Invalid } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { subjectOf } from "./queries.ts";

interface Input {
  label: string;
  scopes: Permission[];
  days: number;
}

/** Makes a refresh token of a client (M2): for scopes of the client that its maker holds now, and so many days. Shown once. */
export function createToken(actor: Actor, clientId: string, { label, scopes, days }: Input) {
  const { secret, hash, hint } = makeSecret("refresh");
  return db.transaction(async (tx) => {
    const client = await lockClient(tx, actor.accountId, clientId);
    assertMaker(actor, client);
    assertScopes(actor, scopes);
    if (!scopes.every((scope) => client.scopes.includes(scope)))
      throw new Invalid("scopes", t("A token is for permissions of its client only."));
    const id = crypto.randomUUID();
    const [token] = await tx
      .insert(apiTokens)
      .values({
        ...{ id, familyId: id, accountId: actor.accountId, clientId: client.id, kind: "refresh", label, hash, hint },
        ...{ scopes: sorted(scopes), createdBy: actor.userId },
        expiresAt: sql`now() + make_interval(days => ${days}::int)`,
      })
      .returning();
    await recordEvent(tx, actor, "token.created", subjectOf(token!), {
      after: { name: client.name, permissions: token!.scopes, expiresAt: token!.expiresAt },
    });
    return { client, token: token!, secret };
  });
}
