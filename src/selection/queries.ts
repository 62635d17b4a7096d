import { and, asc, eq, inArray, isNull, or, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { db } from "../db/client.ts";
import { mailboxes, members } from "../db/schema.ts";
import { NotFound } from "../http/errors.ts";
import { isUuid } from "../http/ids.ts";
import { grantableRoles } from "../positions/queries.ts";
import type { Action } from "./actions.ts";

/** The members behind a selection, by name. One that is not the account's: 404, like everywhere. */
export async function selectedMembers(accountId: string, ids: string[]) {
  const wanted = [...new Set(ids)];
  if (!wanted.every(isUuid)) throw new NotFound();
  const found = await db
    .select({
      id: members.id,
      email: members.email,
      firstName: members.firstName,
      lastName: members.lastName,
    })
    .from(members)
    .where(and(eq(members.accountId, accountId), inArray(members.id, wanted)))
    .orderBy(asc(members.sortName), asc(members.id));
  if (found.length !== wanted.length) throw new NotFound();
  return found;
}

/** More than so many mailboxes are not chosen from, but searched. */
const mostMailboxes = 200;

/**
 * What the page that asks offers: roles of the right level, and the first 200 mailboxes by name whose name or address holds
 * `find`; `more` says that there are others.
 */
export async function offersFor(actor: Actor, action: Action, find: string) {
  const holds = (column: typeof mailboxes.name | typeof mailboxes.address) =>
    sql`strpos(lower(${column}), lower(${find})) > 0`;
  const found =
    action.asks === "mailbox"
      ? await db
          .select({ id: mailboxes.id, name: mailboxes.name, address: mailboxes.address })
          .from(mailboxes)
          .where(
            and(
              eq(mailboxes.accountId, actor.accountId),
              isNull(mailboxes.archivedAt),
              or(holds(mailboxes.name), holds(mailboxes.address)),
            ),
          )
          .orderBy(asc(mailboxes.name), asc(mailboxes.id))
          .limit(mostMailboxes + 1)
      : [];
  const boxes = found.slice(0, mostMailboxes);
  const roles =
    action.asks === "role"
      ? await grantableRoles(actor, "account")
      : boxes[0]
        ? await grantableRoles(actor, "mailbox", boxes[0].id)
        : [];
  return { boxes, roles, more: found.length > mostMailboxes };
}
