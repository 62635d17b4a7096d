import type { Actor } from "../access/actor.ts";
import { lockClient } from "../api-clients/queries.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { Conflict } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { endFamily } from "../oauth/end.ts";
import { subjectOf, tokenFor } from "./queries.ts";

/** Revokes a refresh token with all that came of it, at once. */
export async function endToken(actor: Actor, id: string) {
  const { token, client } = await tokenFor(actor.accountId, id);
  return db.transaction(async (tx) => {
    await lockClient(tx, actor.accountId, client.id);
    if ((await endFamily(tx, token, actor.userId)) === 0) throw new Conflict(t("This token was revoked before."));
    await recordEvent(tx, actor, "token.revoked", subjectOf(token), { before: { permissions: token.scopes } });
    return { token, client };
  });
}
