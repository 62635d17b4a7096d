import { z } from "zod";
import { type Actor, can } from "../access/actor.ts";
import { address } from "../access/address.ts";
import { endpoint } from "../api/endpoint.ts";
import { byId, id, instant, instantOrNull, time } from "../api/values.ts";
import { Invalid, NotFound } from "../http/errors.ts";
import { line, paragraph } from "../http/form.ts";
import { untilInstant } from "../http/until.ts";
import { t } from "../i18n/t.ts";
import { inviteDirectly } from "../invite-lists/invite-directly.ts";
import { copyLink } from "../invite-mails/copy-link.ts";
import { draftInvite } from "../invites/draft.ts";
import { type InviteStatus, listInvites, memberHere } from "../invites/queries.ts";
import { resendInvite } from "../invites/resend.ts";
import { revokeInvite } from "../invites/revoke.ts";
import { sendInvite } from "../invites/send.ts";
import type { Member } from "../members/queries.ts";
import { givenSchema, pendingOf } from "./given.ts";

const tag = "Invitations";

const statuses = ["draft", "invited", "declined", "revoked", "expired"] as const satisfies InviteStatus[];
const deliveries = ["queued", "sending", "sent", "bounced", "failed", "unknown"] as const;

const invitationSchema = z
  .object({
    id: id().meta({ description: "The member’s id: on acceptance the same place becomes active." }),
    email: z.string().meta({ example: "ana@example.com" }),
    firstName: z.string(),
    lastName: z.string(),
    message: z.string(),
    status: z
      .string()
      .meta({ description: "`draft`, `invited`, `declined`, `revoked`, `expired`; then as a member’s." }),
    invitedBy: id().nullable(),
    invitedAt: time("When it was sent.").nullable(),
    expiresAt: time("Until when it can be answered; a draft is kept until then.").nullable(),
    guestUntil: time("Whoever accepts is a guest until then; null: no guest.").nullable(),
    delivery: z.enum(deliveries).nullable().meta({ description: "How its mail fares." }),
    deliveryReply: z.string().nullable().meta({ description: "What the mail server said." }),
    createdAt: time("When it was written down."),
    version: z.int(),
  })
  .meta({ id: "Invitation", description: "Somebody who is asked into the account, from draft to answer." });

const answered = (member: Member): z.input<typeof invitationSchema> => ({
  id: member.id,
  email: member.email,
  firstName: member.firstName,
  lastName: member.lastName,
  message: member.message,
  status: member.status,
  invitedBy: member.invitedBy,
  invitedAt: instantOrNull(member.invitedAt),
  expiresAt: instantOrNull(member.expiresAt),
  guestUntil: instantOrNull(member.guestUntil),
  delivery: member.delivery,
  deliveryReply: member.deliveryReply,
  createdAt: instant(member.createdAt),
  version: member.version,
});

const one = (member: Member) => ({ body: answered(member), version: member.version });
const made = (member: Member) => ({ ...one(member), location: `/invitations/${member.id}` });

/** D2: drafts are there for those who may send them. A member who never was invited is no invitation. */
async function found(actor: Actor, memberId: string): Promise<Member> {
  const member = await memberHere(actor.accountId, memberId);
  const hidden = member.status === "draft" && !can(actor, "invites.send");
  const invited = member.invitedAt !== null || (statuses as readonly string[]).includes(member.status);
  if (hidden || !invited) throw new NotFound();
  return member;
}

/** Invitations: written down, sent, sent again, taken back. The invitee answers by the mailed link. */
export const invitations = [
  endpoint({
    method: "GET",
    path: "/invitations",
    tag,
    summary: "List invitations",
    description: "Newest first. Drafts are there for those who may send them; accepted ones are members.",
    permission: "users.view",
    query: z.object({ status: z.enum(statuses).default("invited") }),
    answer: invitationSchema,
    list: true,
    handle: async (actor, { query: { limit, cursor, status } }) => {
      if (status === "draft" && !can(actor, "invites.send")) return { rows: [] };
      const { rows, more } = await listInvites(actor.accountId, status, cursor, limit);
      return { rows: rows.map(answered), next: more ? rows.at(-1)!.id : undefined };
    },
  }),
  endpoint({
    method: "POST",
    path: "/invitations",
    tag,
    summary: "Invite somebody",
    description:
      "Sent at once with these grants, all or nothing; with `send: false` it is a draft without grants, to be given some and sent later. Whether the address is registered anywhere is not told.",
    permission: "invites.send",
    body: z.object({
      email: address().meta({ example: "ana@example.com" }),
      firstName: line(100).default(""),
      lastName: line(100).default(""),
      message: paragraph(1000).default("").meta({ description: "Stands in the mail." }),
      grants: z.array(givenSchema).max(200).default([]),
      guestUntil: untilInstant()
        .default(null)
        .meta({ description: "Until when their place in the account lasts; null: without an end." }),
      send: z.boolean().default(true),
    }),
    answer: invitationSchema,
    handle: async (actor, { body: { grants, send, guestUntil, ...who } }) => {
      const invite = { ...who, guestUntil: guestUntil ? new Date(guestUntil) : null };
      if (send) return made(await inviteDirectly(actor, invite, grants.map(pendingOf)));
      if (grants.length > 0)
        throw new Invalid("grants", t("A draft is given its rights afterwards, one request later."));
      return made(await draftInvite(actor, invite));
    },
    again: async (actor, memberId) => made(await found(actor, memberId)),
  }),
  endpoint({
    method: "GET",
    path: "/invitations/:id",
    tag,
    summary: "One invitation",
    permission: "users.view",
    params: byId,
    answer: invitationSchema,
    handle: async (actor, { params }) => one(await found(actor, params.id)),
  }),
  endpoint({
    method: "DELETE",
    path: "/invitations/:id",
    tag,
    summary: "Take an invitation back, or drop a draft",
    description: "Its links are dead at once, and what it offered ends.",
    permission: "invites.revoke",
    params: byId,
    handle: async (actor, { params }) => {
      await found(actor, params.id);
      await revokeInvite(actor, params.id);
      return {};
    },
  }),
  ...(
    [
      ["send", "Send a draft", "Whoever sends must hold all that it offers.", sendInvite],
      ["resend", "Send it again", "With a new link; the old one is dead. At most every few minutes.", resendInvite],
    ] as const
  ).map(([verb, summary, description, act]) =>
    endpoint({
      method: "POST",
      path: `/invitations/:id/${verb}`,
      tag,
      summary,
      description,
      permission: "invites.send",
      params: byId,
      answer: invitationSchema,
      handle: async (actor, { params }) => one(await act(actor, params.id)),
    }),
  ),
  endpoint({
    method: "POST",
    path: "/invitations/:id/link",
    tag,
    summary: "The link of an invitation that waits",
    description:
      "For when mail does not arrive. It never proves the address: who registers through it is sent a proof first. Noted in the audit log.",
    permission: "invites.send",
    params: byId,
    answer: z.object({ link: z.url() }).meta({ id: "InvitationLink" }),
    handle: async (actor, { params }) => {
      const { link } = await copyLink(actor, params.id);
      return { body: { link } };
    },
  }),
];
