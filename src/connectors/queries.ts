import { and, asc, count, desc, eq, gt, ilike, isNull, lt, sql } from "drizzle-orm";
import type { Subject } from "../audit/record.ts";
import { db, type Reader, type Tx } from "../db/client.ts";
import { connectors, imapSources, mailboxes } from "../db/schema.ts";
import { NotFound } from "../http/errors.ts";
import { isUuid, uuidOr404 } from "../http/ids.ts";
import type { ConnectorQuery } from "./forms.ts";

export type Connector = typeof connectors.$inferSelect;

const ofAccount = (accountId: string, id: string) =>
  and(eq(connectors.accountId, accountId), eq(connectors.id, uuidOr404(id)), isNull(connectors.endedAt));

/** A connector of the account. Deleted, absent, a neighbour's or no id at all: 404 (T49). */
export async function findConnector(reader: Reader, accountId: string, id: string): Promise<Connector> {
  const [connector] = await reader.select().from(connectors).where(ofAccount(accountId, id));
  if (!connector) throw new NotFound();
  return connector;
}

/** The same for a page. */
export const connectorFor = (accountId: string, id: string): Promise<Connector> => findConnector(db, accountId, id);

/** The same for a verb that changes the connector: nobody else changes it until the transaction ends. */
export async function lockConnector(tx: Tx, accountId: string, id: string): Promise<Connector> {
  const [connector] = await tx.select().from(connectors).where(ofAccount(accountId, id)).for("update");
  if (!connector) throw new NotFound();
  return connector;
}

/** The connector as the audit log names it. */
export const subjectOf = ({ id, name }: Pick<Connector, "id" | "name">): Subject => ({
  type: "connector",
  id,
  label: name,
});

/** What events keep of a connector: everything but its secret. */
export const told = (connector: Connector) => ({
  name: connector.name,
  clientId: connector.clientId,
  scopes: connector.scopes,
  authorizeUrl: connector.authorizeUrl,
  tokenUrl: connector.tokenUrl,
  imapHost: connector.imapHost,
  imapPort: connector.imapPort,
});

const using = sql<number>`(select count(*)::int from imap_sources s
  join mailboxes m on m.id = s.mailbox_id and m.deleted_at is null
  where s.account_id = connectors.account_id and s.connector_id = connectors.id)`;

/** A page's place: behind or before a connector's name and id. */
export interface ConnectorPlace {
  way: "next" | "back";
  name: string;
  id: string;
}

/** One page of an account's connectors by name, with how many mailboxes use each. */
export async function listConnectors(accountId: string, { q }: ConnectorQuery, place?: ConnectorPlace, size = 50) {
  const typed = `%${q.replaceAll(/[\\%_]/g, "\\$&")}%`;
  const back = place?.way === "back";
  const beyond = back ? lt : gt;
  const found = await db
    .select({ connector: connectors, mailboxes: using })
    .from(connectors)
    .where(
      and(
        eq(connectors.accountId, accountId),
        isNull(connectors.endedAt),
        q ? ilike(connectors.name, typed) : undefined,
        place && beyond(sql`(${connectors.name}, ${connectors.id})`, sql`(${place.name}, ${place.id}::uuid)`),
      ),
    )
    .orderBy(...(back ? [desc(connectors.name), desc(connectors.id)] : [asc(connectors.name), asc(connectors.id)]))
    .limit(size + 1);

  const more = found.length > size;
  const rows = back ? found.slice(0, size).reverse() : found.slice(0, size);
  const at = (row: (typeof rows)[number] | undefined, way: ConnectorPlace["way"]) =>
    row && `${way}:${row.connector.id}`;
  return {
    rows,
    previous: (back ? more : place) ? at(rows[0], "back") : undefined,
    next: (back ? true : more) ? at(rows.at(-1), "next") : undefined,
  };
}

/** Reads `next:<connector id>` or `back:<connector id>`; anything else is the first page. */
export async function placeOf(accountId: string, text: unknown): Promise<ConnectorPlace | undefined> {
  const [way, id] = typeof text === "string" ? text.split(":") : [];
  if ((way !== "next" && way !== "back") || !isUuid(id)) return undefined;
  const [found] = await db
    .select({ name: connectors.name, id: connectors.id })
    .from(connectors)
    .where(and(eq(connectors.accountId, accountId), eq(connectors.id, id)));
  return found && { way, ...found };
}

/** The connectors that somebody may choose from, by name; so many at most. */
export const choosable = (accountId: string): Promise<Pick<Connector, "id" | "name" | "kind">[]> =>
  db
    .select({ id: connectors.id, name: connectors.name, kind: connectors.kind })
    .from(connectors)
    .where(and(eq(connectors.accountId, accountId), isNull(connectors.endedAt)))
    .orderBy(asc(connectors.name), asc(connectors.id))
    .limit(50);

/** The mailboxes that are reached through a connector: the first by name, and how many there are. */
export async function mailboxesOf({ accountId, id }: Connector, most = 20) {
  const rows = await db
    .select({
      id: mailboxes.id,
      name: mailboxes.name,
      address: mailboxes.address,
      failure: imapSources.failure,
      total: sql<number>`(count(*) over ())::int`,
    })
    .from(imapSources)
    .innerJoin(mailboxes, and(eq(mailboxes.id, imapSources.mailboxId), isNull(mailboxes.deletedAt)))
    .where(and(eq(imapSources.accountId, accountId), eq(imapSources.connectorId, id)))
    .orderBy(asc(mailboxes.name), asc(mailboxes.id))
    .limit(most);
  return { users: rows, total: rows[0]?.total ?? 0 };
}

/** How many connectors an account has. */
export async function countConnectors(accountId: string): Promise<number> {
  const [found] = await db
    .select({ all: count() })
    .from(connectors)
    .where(and(eq(connectors.accountId, accountId), isNull(connectors.endedAt)));
  return found!.all;
}
