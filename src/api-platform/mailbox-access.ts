import { z } from "zod";
import { endpoint } from "../api/endpoint.ts";
import { byId, id } from "../api/values.ts";
import { endAccess } from "../mailboxes/end-access.ts";
import { accessForm } from "../mailboxes/forms.ts";
import { giveAccess } from "../mailboxes/give-access.ts";
import { mailboxOf, membersOf, viewers } from "../mailboxes/queries.ts";
import { accessAnswer, accessSchema } from "./mailbox-schema.ts";

const tag = "Mailboxes";
const [first, ...others] = viewers;

/** Who has access to one mailbox: also for those who manage that one only. */
export const mailboxAccess = [
  endpoint({
    method: "GET",
    path: "/mailboxes/:id/grants",
    tag,
    summary: "Who has access by a grant on this mailbox",
    description: "The first hundred by name. Roles on the account open mailboxes, too: they stand with the members.",
    permission: first,
    others,
    params: byId,
    answer: z.object({ data: z.array(accessSchema), total: z.int() }).meta({ id: "MailboxAccessList" }),
    handle: async (actor, { params }) => {
      const mailbox = await mailboxOf(actor, params.id);
      const { people, total } = await membersOf(actor.accountId, mailbox.id);
      return { body: { data: people.map(accessAnswer), total } };
    },
  }),
  endpoint({
    method: "POST",
    path: "/mailboxes/:id/grants",
    tag,
    summary: "Give somebody of the account a mailbox role",
    description: "At once; they are told.",
    permission: "members.grant",
    others: ["users.edit"],
    params: byId,
    body: accessForm,
    status: 204,
    handle: async (actor, { params, body }) => {
      await giveAccess(actor, params.id, body);
      return {};
    },
  }),
  endpoint({
    method: "DELETE",
    path: "/mailboxes/:id/grants/:grantId",
    tag,
    summary: "End one grant on this mailbox",
    permission: "members.grant",
    others: ["users.edit"],
    params: byId.extend({ grantId: id() }),
    handle: async (actor, { params }) => {
      await endAccess(actor, params.id, params.grantId);
      return {};
    },
  }),
];
