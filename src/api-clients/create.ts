import { type Actor, canOnAnyMailbox } from "../access/actor.ts";
import { type Permission, permissions } from "../access/permissions.ts";
import { makeClientId, makeSecret } from "../access/secrets.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { apiClients } from "../db/schema.ts";
import { Forbidden } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { assertRoom, subjectOf } from "./queries.ts";

/** Makes a client for a program (M2), bound to its maker and to scopes that they hold. The secret is known here only: what is kept is its hash. */
export function createClient(actor: Actor, { name, scopes }: { name: string; scopes: Permission[] }) {
  assertScopes(actor, scopes);
  const { secret, hash, hint } = makeSecret("secret");
  return db.transaction(async (tx) => {
    await assertRoom(tx, actor.accountId);
    const [client] = await tx
      .insert(apiClients)
      .values({
        ...{ accountId: actor.accountId, name, clientId: makeClientId(), scopes: sorted(scopes) },
        ...{ secretHash: hash, secretHint: hint, createdBy: actor.userId! },
      })
      .returning();
    await recordEvent(tx, actor, "client.created", subjectOf(client!), {
      after: { name, permissions: client!.scopes },
    });
    return { client: client!, secret };
  });
}

/** T51: nobody lets a program do what they may not do themselves. */
export function assertScopes(actor: Actor, scopes: Permission[]): void {
  const missing = scopes.find((scope) => !canOnAnyMailbox(actor, scope));
  if (!missing) return;
  throw new Forbidden(
    t("You cannot give a program “{permission}”, because you do not hold it yourself.", {
      permission: t(permissions[missing].title),
    }),
  );
}

/** Each scope once, in one order. */
export const sorted = (scopes: Permission[]): Permission[] => [...new Set(scopes)].sort();
