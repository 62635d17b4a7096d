import { z } from "zod";
import type { Actor } from "../access/actor.ts";
import { address } from "../access/address.ts";
import { endpoint } from "../api/endpoint.ts";
import { byId } from "../api/values.ts";
import { Invalid } from "../http/errors.ts";
import { requiredLine } from "../http/form.ts";
import { t } from "../i18n/t.ts";
import { connectMailbox } from "../imap-mailboxes/connect.ts";
import { removeMailbox } from "../mailbox-removals/remove.ts";
import { restoreDeleted } from "../mailbox-removals/restore.ts";
import { archiveMailbox } from "../mailboxes/archive.ts";
import { changeMailbox } from "../mailboxes/change.ts";
import { createMailbox } from "../mailboxes/create.ts";
import { readMailboxQuery, shownKinds } from "../mailboxes/forms.ts";
import { listMailboxes, type Mailbox, mailboxOf, placeOf, viewers } from "../mailboxes/queries.ts";
import { restoreMailbox } from "../mailboxes/restore.ts";
import { standingOf } from "../storage/queries.ts";
import { connectionAnswer, imapFields, mailboxAnswer, mailboxSchema } from "./mailbox-schema.ts";

const tag = "Mailboxes";
const [first, ...others] = viewers;
const quotaMegabytes = z.int().min(1).max(99_999_999).nullable();
const name = requiredLine(100, () => t("Give the mailbox a name.")).meta({ example: "Press desk" });

async function one(actor: Actor, { id }: Pick<Mailbox, "id">) {
  const mailbox = await mailboxOf(actor, id);
  const standing = await standingOf(actor.accountId, mailbox.id);
  const connection = connectionAnswer(standing?.source);
  return { body: { ...mailboxAnswer(mailbox, standing?.usage), connection }, version: mailbox.version };
}

const made = async (actor: Actor, id: string) => ({ ...(await one(actor, { id })), location: `/mailboxes/${id}` });

/** The page has two fields for the address, the body has one. */
const aboutAddress = (error: unknown): never => {
  if (error instanceof Invalid) throw new Invalid("address", error.message);
  throw error;
};

/** Mailboxes of the account, hosted here and elsewhere. */
export const mailboxes = [
  endpoint({
    method: "GET",
    path: "/mailboxes",
    tag,
    summary: "List mailboxes",
    description: "By name, with how full each is.",
    permission: "mailboxes.view",
    query: z.object({
      q: z.string().max(200).optional().meta({ description: "Part of the name or address." }),
      show: z.enum(["active", "archived", "all", "deleted"]).default("active"),
      kind: z.enum(shownKinds).default("all"),
    }),
    answer: mailboxSchema,
    list: true,
    handle: async (actor, { query: { limit, cursor, ...asked } }) => {
      const place = cursor ? await placeOf(actor.accountId, `next:${cursor}`) : undefined;
      const { rows, next } = await listMailboxes(actor.accountId, readMailboxQuery(asked), place, limit);
      return {
        rows: rows.map(({ mailbox, usage }) => mailboxAnswer(mailbox, usage)),
        next: next?.replace("next:", ""),
      };
    },
  }),
  endpoint({
    method: "POST",
    path: "/mailboxes",
    tag,
    summary: "Create a native mailbox",
    description:
      "With an address in an active domain of the account, or in the installation’s own. It counts in the plan.",
    permission: "mailboxes.add",
    body: z.object({
      name,
      address: address().meta({ example: "press@example.com" }),
      quotaMegabytes: quotaMegabytes.default(null),
    }),
    answer: mailboxSchema,
    handle: async (actor, { body }) => made(actor, (await createMailbox(actor, body).catch(aboutAddress)).id),
    again: made,
  }),
  endpoint({
    method: "POST",
    path: "/mailboxes/imap",
    tag,
    summary: "Add a mailbox that is hosted elsewhere",
    description: "Signed in to in earnest before it is kept. The password is encrypted, and never answered.",
    permission: "mailboxes.add",
    body: z.object({ name, address: address(), ...imapFields }),
    answer: mailboxSchema,
    handle: async (actor, { body }) => made(actor, (await connectMailbox(actor, body)).id),
    again: made,
  }),
  endpoint({
    method: "GET",
    path: "/mailboxes/:id",
    tag,
    summary: "One mailbox",
    permission: first,
    others,
    params: byId,
    answer: mailboxSchema,
    handle: (actor, { params }) => one(actor, params),
  }),
  endpoint({
    method: "PATCH",
    path: "/mailboxes/:id",
    tag,
    summary: "Change a mailbox",
    description:
      "Its name, or how much it may hold (null: as much as the mail server allows). Whoever only manages the mailbox may rename it; one that is hosted elsewhere has no quota here.",
    permission: "mailboxes.edit",
    others: ["mailbox.manage"],
    params: byId,
    body: z.object({ name: name.optional(), quotaMegabytes: quotaMegabytes.optional() }),
    answer: mailboxSchema,
    ifMatch: true,
    handle: async (actor, { params, body, version }) =>
      one(actor, await changeMailbox(actor, params.id, { ...body, version })),
  }),
  endpoint({
    method: "POST",
    path: "/mailboxes/:id/archive",
    tag,
    summary: "Archive a mailbox",
    description: "Its grants stay and give nothing until it is restored.",
    permission: "mailboxes.edit",
    params: byId,
    answer: mailboxSchema,
    ifMatch: true,
    handle: async (actor, { params, version }) => one(actor, await archiveMailbox(actor, params.id, { version })),
  }),
  endpoint({
    method: "POST",
    path: "/mailboxes/:id/restore",
    tag,
    summary: "Restore an archived mailbox",
    permission: "mailboxes.edit",
    params: byId,
    answer: mailboxSchema,
    handle: async (actor, { params }) => one(actor, await restoreMailbox(actor, params.id)),
  }),
  endpoint({
    method: "DELETE",
    path: "/mailboxes/:id",
    tag,
    summary: "Delete a mailbox",
    description: "Nobody has access any more. It can be restored for 30 days; then it is gone, and its address free.",
    permission: "mailboxes.delete",
    params: byId,
    query: z.object({
      name: z.string().max(300).meta({ description: "Its name once more, as a confirmation." }),
      access: z.enum(["keep", "end", "hand_over"]).default("keep").meta({
        description: "What becomes of the access: kept for a restoration, ended now, or handed over to `target`.",
      }),
      target: z
        .string()
        .max(254)
        .default("")
        .meta({ description: "The address of the mailbox that takes the access over." }),
    }),
    handle: async (actor, { params, query }) => {
      await removeMailbox(actor, params.id, query);
      return {};
    },
  }),
  endpoint({
    method: "POST",
    path: "/mailboxes/:id/undelete",
    tag,
    summary: "Restore a deleted mailbox",
    permission: "mailboxes.delete",
    params: byId,
    answer: mailboxSchema,
    handle: async (actor, { params }) => {
      await restoreDeleted(actor, params.id);
      return one(actor, params);
    },
  }),
];
