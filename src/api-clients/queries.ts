import { and, desc, eq, ilike, isNotNull, isNull, or, type SQL, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { memberCounts } from "../access/counts.ts";
import type { Subject } from "../audit/record.ts";
import { db, type Reader, type Tx } from "../db/client.ts";
import { apiClients, users } from "../db/schema.ts";
import { Conflict, NotFound } from "../http/errors.ts";
import { isUuid, uuidOr404 } from "../http/ids.ts";
import { t } from "../i18n/t.ts";
import type { ClientQuery } from "./forms.ts";

export type Client = typeof apiClients.$inferSelect;

const maker = sql<string>`coalesce(nullif(btrim(${users.firstName} || ' ' || ${users.lastName}), ''), ${users.email})`;

/** Whether its maker still has an active place: without one its tokens do nothing. */
const alive = sql<boolean>`exists (select from members m where m.account_id = api_clients.account_id
  and m.user_id = api_clients.created_by and ${memberCounts()})`;

/** Whether the old secret still works, by the database's clock. */
const overlapping = sql<boolean>`coalesce(${apiClients.oldSecretEndsAt} > now(), false)`;

const columns = { client: apiClients, maker, alive, overlapping };

export interface ClientLine {
  client: Client;
  maker: string;
  alive: boolean;
  overlapping: boolean;
}

const shown: Record<ClientQuery["show"], SQL | undefined> = {
  active: isNull(apiClients.endedAt),
  revoked: isNotNull(apiClients.endedAt),
  all: undefined,
};

/** One page of an account's clients, the newest first; `after` is the id of the last one before. */
export async function listClients(accountId: string, { q, show }: ClientQuery, after: unknown, size = 50) {
  const typed = `%${q.replaceAll(/[\\%_]/g, "\\$&")}%`;
  const place = isUuid(after)
    ? sql`(${apiClients.createdAt}, ${apiClients.id}) < (select c.created_at, c.id from api_clients c
        where c.account_id = ${accountId} and c.id = ${after})`
    : undefined;
  const rows: ClientLine[] = await db
    .select(columns)
    .from(apiClients)
    .innerJoin(users, eq(users.id, apiClients.createdBy))
    .where(
      and(
        eq(apiClients.accountId, accountId),
        shown[show],
        q ? or(ilike(apiClients.name, typed), ilike(apiClients.clientId, typed)) : undefined,
        place,
      ),
    )
    .orderBy(desc(apiClients.createdAt), desc(apiClients.id))
    .limit(size + 1);
  return { rows: rows.slice(0, size), next: rows.length > size ? rows[size - 1]!.client.id : undefined };
}

const ofAccount = (accountId: string, id: string) =>
  and(eq(apiClients.accountId, accountId), eq(apiClients.id, uuidOr404(id)));

/** A client of the account, revoked or not, with who made it. Absent, a neighbour's or no id at all: 404 (T49). */
export async function clientFor(accountId: string, id: string, reader: Reader = db): Promise<ClientLine> {
  const [found] = await reader
    .select(columns)
    .from(apiClients)
    .innerJoin(users, eq(users.id, apiClients.createdBy))
    .where(ofAccount(accountId, id));
  if (!found) throw new NotFound();
  return found;
}

/** The same for a verb that changes it: nobody else does until the transaction ends. A revoked one stays so: 409. */
export async function lockClient(tx: Tx, accountId: string, id: string): Promise<Client> {
  const [client] = await tx.select().from(apiClients).where(ofAccount(accountId, id)).for("update");
  if (!client) throw new NotFound();
  assertLives(client);
  return client;
}

/** 409 for a client that was revoked. */
export function assertLives({ endedAt }: Client): void {
  if (endedAt) throw new Conflict(t("This client was revoked. Make a new one."));
}

/** A client acts with its maker's rights, so nobody else gets secrets of it, whatever they may do themselves (T51). */
export function assertMaker(actor: Actor, { createdBy }: Client): void {
  if (createdBy === actor.userId) return;
  throw new Conflict(
    t(
      "Only whoever made this client can do this, because it acts with their rights. Revoke it, and make one of your own.",
    ),
  );
}

/** How many clients an account may have at once. */
export const mostClients = 100;

/** The account has as many as it may have: 409. Two at once may go one beyond. */
export async function assertRoom(tx: Tx, accountId: string): Promise<void> {
  const all = await tx.$count(apiClients, and(eq(apiClients.accountId, accountId), isNull(apiClients.endedAt)));
  if (all >= mostClients)
    throw new Conflict(
      t("An account has at most {count} clients. Revoke one that nobody uses.", { count: mostClients }),
    );
}

/** The client as the audit log names it. */
export const subjectOf = ({ id, name }: Pick<Client, "id" | "name">): Subject => ({ type: "client", id, label: name });
