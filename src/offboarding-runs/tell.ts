import { holdersOf } from "../access/holders.ts";
import { nameOf } from "../access/load-actor.ts";
import type { Tx } from "../db/client.ts";
import { findMember } from "../members/queries.ts";
import { notify } from "../notifications/notify.ts";
import type { Offboarding } from "../offboardings/queries.ts";

/** Tells whoever ordered it that it is done, and whether the receipt found anything left. */
export async function tellDone(tx: Tx, row: Offboarding, clean: boolean): Promise<void> {
  const member = await findMember(tx, row.accountId, row.memberId);
  await notify(tx, {
    ...{ userId: row.createdBy, accountId: row.accountId, subjectId: row.id },
    kind: "offboarding.done",
    data: { name: nameOf(member), email: member.email, clean: clean ? "yes" : "no" },
    mail: "offboarding_done",
  });
}

/** Tells everybody who may remove users, and whoever planned it, that it was not carried out, and why (`reason`: as it is kept). */
export async function tellFailed(tx: Tx, row: Offboarding, reason: string): Promise<void> {
  const member = await findMember(tx, row.accountId, row.memberId);
  const data = { name: nameOf(member), email: member.email, reason };
  const told = new Set([row.createdBy, ...(await holdersOf(tx, row.accountId, "users.delete"))]);
  // Not the one whom it is about, should they hold the right.
  if (member.userId) told.delete(member.userId);
  for (const userId of told) {
    await notify(tx, {
      ...{ userId, accountId: row.accountId, subjectId: row.id, data },
      kind: "offboarding.failed",
      mail: "offboarding_failed",
    });
  }
}
