import { sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { recordEvent } from "../audit/record.ts";
import { db, type Tx } from "../db/client.ts";
import { mailGroups } from "../db/schema.ts";
import { Invalid } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { leadsBack } from "../mail-addresses/loops.ts";
import { assertMayTake } from "../mail-addresses/take.ts";
import { type GroupFields, mostMembers } from "./forms.ts";
import type { Group } from "./queries.ts";

/** Makes a group: mail to its address goes to each of its members. Throws Invalid about `local`, `domain` or `members`. */
export function createGroup(actor: Actor, { name, address, members }: GroupFields): Promise<Group> {
  return db.transaction(async (tx) => {
    await assertMayTake(tx, actor, address);
    await assertMembers(tx, actor, address, members);
    const [group] = await tx
      .insert(mailGroups)
      .values({ accountId: actor.accountId, name, address, createdBy: actor.userId })
      .onConflictDoNothing()
      .returning();
    if (!group) throw new Invalid("local", t("This address is taken already. Choose another."));
    await putMembers(tx, group, members);
    await recordEvent(tx, actor, "group.created", subjectOf(group), { after: { name, address, addresses: members } });
    return group;
  });
}

/** What the log calls a group. */
export const subjectOf = ({ id, name }: Pick<Group, "id" | "name">) => ({ type: "group" as const, id, label: name });

/** A group goes somewhere, to not too many, and not to itself by any way. */
export async function assertMembers(tx: Tx, actor: Actor, address: string, members: string[]): Promise<void> {
  if (members.length === 0) throw new Invalid("members", t("Enter one address at least, or tick a mailbox."));
  if (members.length > mostMembers)
    throw new Invalid("members", t("A group has at most {count} addresses.", { count: mostMembers }));
  if (members.includes(address)) throw new Invalid("members", t("This is the address of the group itself."));
  if (await leadsBack(tx, actor.accountId, address, members))
    throw new Invalid("members", t("Mail to one of these comes back to this group."));
}

export const putMembers = (tx: Tx, group: Group, members: string[]) =>
  tx.execute(sql`
    insert into mail_group_members (account_id, group_id, address)
    select ${group.accountId}::uuid, ${group.id}::uuid, address from unnest(${sql.param(members)}::text[]) address
    on conflict do nothing`);
