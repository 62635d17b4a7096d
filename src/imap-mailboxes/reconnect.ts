import { eq, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { seal } from "../access/vault.ts";
import { changeOf, recordEvent } from "../audit/record.ts";
import { imapSources } from "../db/boxes.ts";
import { db } from "../db/client.ts";
import { Conflict, Stale } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { lockMailbox } from "../mailboxes/queries.ts";
import { measureSoon } from "../storage/ask.ts";
import type { Connection } from "./forms.ts";
import { connectionOf } from "./queries.ts";
import { tryConnection } from "./try.ts";

const fields = ["host", "port", "security", "username"] as const;

/**
 * Another way to a mailbox that is hosted elsewhere, once signing in has worked. The password is always typed anew: were the
 * stored one sent to a host that somebody enters, they would have it.
 */
export async function reconnectMailbox(actor: Actor, mailboxId: string, input: Connection & { version: number }) {
  const { version, password, ...way } = input;
  assertCurrent(await connectionOf(actor, mailboxId), version);
  await tryConnection(actor, { ...way, password });
  return db.transaction(async (tx) => {
    const mailbox = await lockMailbox(tx, actor.accountId, mailboxId);
    const found = await connectionOf(actor, mailboxId, tx);
    assertCurrent(found, version);

    const ids = { mailboxId: mailbox.id, accountId: actor.accountId };
    const fresh = { reachedAt: sql`now()`, failedAt: null, failure: null, updatedAt: sql`now()` };
    const values = { ...way, ...fresh, password: seal(password), connectorId: null, refreshToken: null };
    const source = { ...values, accessToken: null, accessTokenEndsAt: null, tokenAskedUntil: null };
    await tx
      .insert(imapSources)
      .values({ ...ids, ...source })
      .onConflictDoUpdate({
        target: imapSources.mailboxId,
        set: { ...source, version: sql`${imapSources.version} + 1` },
        setWhere: eq(imapSources.accountId, actor.accountId),
      });
    await measureSoon(tx, ids);
    const subject = { type: "mailbox", id: mailbox.id, label: mailbox.name } as const;
    const { before, after } = changeOf({ ...noWay, ...found.source }, { ...noWay, ...way }, fields);
    await recordEvent(tx, actor, "mailbox.reconnected", subject, { before, after: { ...after, password: true } });
    return mailbox;
  });
}

const noWay = { host: "", port: 0, security: "tls", username: "" };

function assertCurrent({ mailbox, source }: Awaited<ReturnType<typeof connectionOf>>, version: number) {
  if (mailbox.archivedAt) throw new Conflict(t("This mailbox is archived. Restore it first."));
  if ((source?.version ?? 0) !== version)
    throw new Stale(t("Somebody else changed this connection while you were editing it."));
}
