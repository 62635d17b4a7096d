import { z } from "zod";
import type { Actor } from "../access/actor.ts";
import { endpoint } from "../api/endpoint.ts";
import { byId, id } from "../api/values.ts";
import { assertMayLook } from "../changes/may-edit.ts";
import { db } from "../db/client.ts";
import { findRow } from "../directory/page.ts";
import { currentGrants } from "../grants/queries.ts";
import { memberFor } from "../members/queries.ts";
import { changeGrants } from "./change-grants.ts";
import { givenSchema, pendingOf } from "./given.ts";
import { grantAnswer, grantSchema } from "./grant-schema.ts";
import { mayInvite } from "./member-schema.ts";

const tag = "Grants";

const answer = z
  .object({ data: z.array(grantSchema) })
  .meta({ id: "Grants", description: "All that a member holds. The ETag is the member’s version." });

async function heldBy(actor: Actor, memberId: string) {
  const row = await findRow(actor, memberId, mayInvite(actor));
  const member = await memberFor(actor.accountId, row.id);
  assertMayLook(actor, member, "users.view");
  const held = await currentGrants(db, actor.accountId, member.id);
  return { body: { data: held.map(grantAnswer) }, version: member.version };
}

/** What a member holds, and changes of it: on members who have answered, and on drafts and invitations that wait. */
export const grants = [
  endpoint({
    method: "GET",
    path: "/members/:id/grants",
    tag,
    summary: "What a member holds",
    description:
      "Every role and permission, on the account and on mailboxes. The ETag is the member’s version: changes of grants ask for it.",
    permission: "users.view",
    params: byId,
    answer,
    handle: (actor, { params }) => heldBy(actor, params.id),
  }),
  endpoint({
    method: "PATCH",
    path: "/members/:id/grants",
    tag,
    summary: "Give and end several at once",
    description:
      "All or nothing. What is held already, or has ended already, changes nothing. Nobody gives or ends what they do not hold.",
    permission: "users.edit",
    others: ["invites.send"],
    params: byId,
    body: z.object({
      add: z.array(givenSchema).max(200).default([]),
      end: z.array(id()).max(200).default([]).meta({ description: "Ids of grants." }),
    }),
    answer,
    ifMatch: true,
    handle: async (actor, { params, body, version }) => {
      await changeGrants(actor, params.id, { adds: body.add.map(pendingOf), ends: body.end, version });
      return heldBy(actor, params.id);
    },
  }),
  endpoint({
    method: "DELETE",
    path: "/members/:id/grants/:grantId",
    tag,
    summary: "End one",
    permission: "users.edit",
    others: ["invites.send"],
    params: byId.extend({ grantId: id() }),
    ifMatch: true,
    handle: async (actor, { params, version }) => {
      await changeGrants(actor, params.id, { adds: [], ends: [params.grantId], version });
      return {};
    },
  }),
];
