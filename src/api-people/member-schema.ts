import { hash } from "node:crypto";
import { z } from "zod";
import { type Actor, can } from "../access/actor.ts";
import { systemRoleKeys, systemRoles } from "../access/permissions.ts";
import { id, instant, instantOrNull, time } from "../api/values.ts";
import { memberStatuses } from "../db/schema.ts";
import { findRow, type Row } from "../directory/page.ts";
import { Stale } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import type { Precondition } from "../members/queries.ts";

export const memberSchema = z
  .object({
    id: id(),
    userId: id().nullable().meta({ description: "The person’s profile; null until they register." }),
    email: z.string().meta({ example: "ana@example.com" }),
    firstName: z.string().meta({ example: "Ana" }),
    lastName: z.string().meta({ example: "Lopez" }),
    status: z.enum(memberStatuses),
    corporate: z.boolean().meta({ description: "Whether the account manages the profile." }),
    roles: z.array(
      z.object({
        system: z
          .enum(systemRoleKeys)
          .nullable()
          .meta({ description: "The key of a system role; null for a custom one." }),
        name: z.string().meta({ example: "Viewer" }),
      }),
    ),
    singlePermissions: z.int().meta({ description: "How many permissions they hold on the account without a role." }),
    everyMailbox: z.boolean().meta({ description: "Whether what they hold on the account opens every mailbox." }),
    mailboxes: z.int().meta({ description: "How many mailboxes they were given access to one by one." }),
    createdAt: time("Since when they are here."),
    lastSignInAt: time("When they signed in last.").nullable(),
    guestUntil: time("A guest until then; null: no guest.").nullable(),
    endedAt: time("When their place ended.").nullable(),
  })
  .meta({ id: "Member", description: "Somebody’s place in the account, from draft invitation to removal." });

/** A line of the users list as it is answered. */
export const memberAnswer = (row: Row): z.input<typeof memberSchema> => ({
  id: row.id,
  userId: row.userId,
  email: row.email,
  firstName: row.firstName,
  lastName: row.lastName,
  status: row.status,
  corporate: row.corporate,
  roles: row.roles.map(({ s, n }) => ({ system: s, name: s ? systemRoles[s].title : (n ?? "") })),
  singlePermissions: row.singles,
  everyMailbox: row.everyMailbox,
  mailboxes: row.mailboxCount,
  createdAt: instant(row.createdAt),
  lastSignInAt: instantOrNull(row.lastSignInAt),
  guestUntil: instantOrNull(row.guestUntil),
  endedAt: instantOrNull(row.endedAt),
});

/** Whether drafts are there for the actor (D2). */
export const mayInvite = (actor: Actor) => can(actor, "invites.send");

/** A member has no version: its ETag is a digest of all that is answered of them. */
const tagOf = (row: Row): string => hash("sha256", JSON.stringify(memberAnswer(row)), "base64url").slice(0, 22);

/** For a verb, in its transaction: the member is as one of these ETags says; else 412. */
export const stillAs = (actor: Actor, tags: string[] | undefined): Precondition | undefined =>
  tags &&
  (async (tx, { id }) => {
    if (tags.includes(tagOf(await findRow(actor, id, true, tx)))) return;
    throw new Stale(t("Somebody else changed this user in the meantime."));
  });

/** One member as the list shows them; also one that was just made, which its maker may see whatever its status. */
export async function member(actor: Actor, memberId: string, drafts = mayInvite(actor)) {
  const row = await findRow(actor, memberId, drafts);
  return { body: memberAnswer(row), version: tagOf(row) };
}
