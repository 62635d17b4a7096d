import { and, eq } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { db, type Reader } from "../db/client.ts";
import { grants } from "../db/schema.ts";
import { addUp, type Effective } from "../grants/effective.ts";
import { currentGrants, type Grant } from "../grants/queries.ts";
import { Conflict, NotFound } from "../http/errors.ts";
import { uuidOr404 } from "../http/ids.ts";
import { t } from "../i18n/t.ts";
import { findMember, type Member } from "../members/queries.ts";
import { assertMayEnd } from "./may-end.ts";

/** Whether the member ever held that grant. */
export async function wasHeldBy(reader: Reader, member: Member, grantId: string): Promise<boolean> {
  const [row] = await reader
    .select({ id: grants.id })
    .from(grants)
    .where(and(eq(grants.accountId, member.accountId), eq(grants.memberId, member.id), eq(grants.id, grantId)));
  return Boolean(row);
}

/** What ending one grant takes away, and what of it another way still gives. */
export interface Ending {
  member: Member;
  grant: Grant;
  goes: Effective[];
  stays: Effective[];
}

/** Before a grant is ended: what else goes with it. 404 and 409 as the verb says, 403 for who may not end it. */
export async function endingOf(actor: Actor, memberId: string, grantId: string): Promise<Ending> {
  const member = await findMember(db, actor.accountId, memberId);
  const held = await currentGrants(db, actor.accountId, member.id);
  const grant = held.find(({ id }) => id === uuidOr404(grantId).toLowerCase());
  if (!grant) {
    if (!(await wasHeldBy(db, member, grantId))) throw new NotFound();
    throw new Conflict(t("This has ended already."));
  }
  assertMayEnd(actor, member, held, grant);
  const here = held.filter(
    ({ mailboxId }) => mailboxId === null || grant.mailboxId === null || mailboxId === grant.mailboxId,
  );
  const lines = here.map((each) => ({ ...each, state: each.id === grant.id ? ("going" as const) : ("" as const) }));
  const inGrant = addUp(lines, grant.mailboxId).filter(({ permission }) => grant.permissions.includes(permission));
  return {
    ...{ member, grant },
    goes: inGrant.filter(({ state }) => state === "going"),
    stays: inGrant.filter(({ state }) => state !== "going"),
  };
}
