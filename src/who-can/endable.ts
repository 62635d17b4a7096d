import { and, eq, inArray } from "drizzle-orm";
import { type Actor, can } from "../access/actor.ts";
import { db } from "../db/client.ts";
import { members } from "../db/schema.ts";
import { currentGrantsOf } from "../grants/queries.ts";
import { holdsAll, mayEnd } from "../path-endings/may-end.ts";
import type { Holder } from "./queries.ts";

/** The grants of these people that the actor may end. Who holds everything need not be compared with anybody. */
export async function endable(actor: Actor, rows: Holder[]): Promise<Set<string>> {
  const all = rows.flatMap(({ paths }) => paths);
  if (holdsAll(actor)) return new Set(all.map(({ grantId }) => grantId));
  const some = all.filter(
    ({ mailboxId }) => can(actor, "users.edit") || (mailboxId && can(actor, "members.grant", mailboxId)),
  );
  const ids = [...new Set(some.map(({ memberId }) => memberId))];
  if (ids.length === 0) return new Set();
  const held = await currentGrantsOf(db, actor.accountId, ids);
  const found = await db
    .select()
    .from(members)
    .where(and(eq(members.accountId, actor.accountId), inArray(members.id, ids)));
  const may = found.flatMap((member) => {
    const grants = held.get(member.id) ?? [];
    return grants.filter((grant) => mayEnd(actor, member, grants, grant)).map(({ id }) => id);
  });
  return new Set(may);
}
