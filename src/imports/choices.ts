import { and, asc, eq, inArray, isNull } from "drizzle-orm";
import { type Actor, can } from "../access/actor.ts";
import { db } from "../db/client.ts";
import { mailboxes } from "../db/schema.ts";
import { mostMailboxSheets } from "../workbook/sheets.ts";

/** The shared mailboxes that the example can have sheets for: those whose members the actor may choose, by name. */
export async function mailboxChoices(actor: Actor) {
  const everywhere = can(actor, "users.edit") || can(actor, "members.grant");
  const own = [...actor.mailboxPermissions.keys()].filter((id) => can(actor, "members.grant", id));
  if (!everywhere && own.length === 0) return [];
  return db
    .select({ id: mailboxes.id, name: mailboxes.name, address: mailboxes.address })
    .from(mailboxes)
    .where(
      and(
        eq(mailboxes.accountId, actor.accountId),
        isNull(mailboxes.archivedAt),
        isNull(mailboxes.personalUserId),
        everywhere ? undefined : inArray(mailboxes.id, own),
      ),
    )
    .orderBy(asc(mailboxes.name), asc(mailboxes.id))
    .limit(mostMailboxSheets);
}
