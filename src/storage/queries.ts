import { and, eq } from "drizzle-orm";
import { imapSources, mailboxUsage } from "../db/boxes.ts";
import { db } from "../db/client.ts";
import { connectors } from "../db/connectors.ts";
import { mailboxes } from "../db/schema.ts";

/** How a mailbox stands on its page: where it is reached, how that went last, how full it is. Holds no secret. */
export async function standingOf(accountId: string, mailboxId: string) {
  const { host, port, security, username, connectorId, reachedAt, failedAt, failure } = imapSources;
  const [found] = await db
    .select({
      usage: mailboxUsage,
      source: { host, port, security, username, connectorId, reachedAt, failedAt, failure },
      connector: connectors.name,
    })
    .from(mailboxes)
    .leftJoin(mailboxUsage, eq(mailboxUsage.mailboxId, mailboxes.id))
    .leftJoin(imapSources, eq(imapSources.mailboxId, mailboxes.id))
    .leftJoin(connectors, eq(connectors.id, imapSources.connectorId))
    .where(and(eq(mailboxes.accountId, accountId), eq(mailboxes.id, mailboxId)));
  return found;
}
