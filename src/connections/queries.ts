import { and, eq, sql } from "drizzle-orm";
import type { SessionData } from "express-session";
import type { Actor } from "../access/actor.ts";
import { connectorFor } from "../connectors/queries.ts";
import { db, type Reader } from "../db/client.ts";
import { authorizations, mailboxes } from "../db/schema.ts";
import { Conflict, NotFound } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { hashOf } from "./secrets.ts";

export type Authorization = typeof authorizations.$inferSelect;

const begun = () => t("There is no sign-in that this belongs to. Begin again at the connector.");

/** How many sign-ins of one browser are under way at once, in as many windows. */
const atOnce = 10;

/** Keeps in the browser's session that a sign-in was begun in it. */
export function keepBegun(session: Pick<SessionData, "connecting">, stateHash: string): void {
  session.connecting = [...(session.connecting ?? []), stateHash].slice(-atOnce);
}

/** 404 for a sign-in that was begun in another browser, even of the same person: its answer may be slipped to them (ASVS 10.1.2). */
export function assertBegunIn({ connecting }: Pick<SessionData, "connecting">, state: string): void {
  if (!connecting?.includes(hashOf(state))) throw new NotFound(begun());
}

/**
 * The sign-in that somebody comes back from, with its connector. It is bound to who began it: of anybody else it is not there
 * (404), so nobody can be made to connect another's mailbox; in another account, used or too late it is a conflict (409).
 * Reading spends nothing (X6).
 */
export async function openAuthorization(actor: Actor, state: string) {
  const [found] = await db
    .select({ authorization: authorizations, late: sql<boolean>`${authorizations.expiresAt} <= now()` })
    .from(authorizations)
    .where(and(eq(authorizations.stateHash, hashOf(state)), eq(authorizations.userId, actor.userId ?? "")));
  if (!found) throw new NotFound(begun());

  const { authorization, late } = found;
  if (authorization.accountId !== actor.accountId)
    throw new Conflict(t("This sign-in was begun in another account. Switch to it, and begin again there."));
  if (authorization.spentAt) throw new Conflict(t("This sign-in was used already. Begin again at the connector."));
  if (late) throw new Conflict(t("This sign-in took too long. Begin again at the connector."));
  return { authorization, connector: await connectorFor(actor.accountId, authorization.connectorId) };
}

/** Whether the account reaches a mailbox with this address over IMAP already. */
export async function isConnected(reader: Reader, accountId: string, address: string): Promise<boolean> {
  const [found] = await reader
    .select({ id: mailboxes.id })
    .from(mailboxes)
    .where(
      and(
        eq(mailboxes.accountId, accountId),
        eq(mailboxes.kind, "imap"),
        eq(mailboxes.address, address),
        sql`${mailboxes.deletedAt} is null`,
      ),
    );
  return Boolean(found);
}
