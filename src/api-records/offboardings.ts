import { z } from "zod";
import { systemRoleKeys } from "../access/permissions.ts";
import { endpoint } from "../api/endpoint.ts";
import { byId, id, instant, instantOrNull, time } from "../api/values.ts";
import { paragraph } from "../http/form.ts";
import { mostMailboxes } from "../offboarding/holdings.ts";
import { offboardMember } from "../offboarding/offboard.ts";
import { isClean, keptOf } from "../offboarding-receipts/receipt.ts";
import { type Offboarding, offboardingFor, statuses } from "../offboardings/queries.ts";
import { reasonWords } from "../offboardings/words.ts";

const offboardingSchema = z
  .object({
    id: id(),
    memberId: id(),
    status: z.enum(statuses),
    dueAt: time("When it is, or was, to happen."),
    doneAt: time("When it was carried out.").nullable(),
    failure: z.string().nullable().meta({ description: "Why it was not carried out at its time." }),
    clean: z
      .boolean()
      .nullable()
      .meta({ description: "Whether the newest receipt found nothing left; null: no receipt yet." }),
    counts: z
      .record(z.string(), z.int())
      .nullable()
      .meta({ description: "What the newest receipt counted: sessions, tokens, passwords, grants and more." }),
  })
  .meta({ id: "Offboarding", description: "One departure, and what its receipt says." });

function answerOf(row: Offboarding): z.input<typeof offboardingSchema> {
  const kept = keptOf(row.receipt);
  const newest = kept && (kept.again ?? kept.first);
  return {
    ...{ id: row.id, memberId: row.memberId, status: row.status, failure: row.failure && reasonWords(row.failure) },
    dueAt: instant(row.dueAt),
    doneAt: instantOrNull(row.doneAt),
    clean: newest && isClean(newest),
    counts: newest && { ...newest.counts },
  };
}

/** Offboarding, by programs that know who leaves and when. */
export const offboardings = [
  endpoint({
    method: "POST",
    path: "/members/:id/offboarding",
    tag: "Members",
    summary: "Offboard a member, now or at a time",
    description:
      "Hands mailboxes and sole ownership over, ends sign-in, sessions, programs, passwords and rights, and draws up a receipt. Every mailbox that nobody else looks after must be named. A plan acts within this token’s permissions when its time comes.",
    permission: "users.delete",
    params: byId,
    body: z.object({
      mailboxes: z
        .array(
          z.strictObject({
            mailboxId: id(),
            toMemberId: id().nullable().meta({ description: "Who gets it; null: knowingly nobody." }),
            role: z
              .union([z.enum(systemRoleKeys), id()])
              .default("mailbox_owner")
              .meta({ example: "mailbox_owner" }),
          }),
        )
        .max(mostMailboxes)
        .default([]),
      ownerMemberId: id().nullable().default(null).meta({ description: "Who becomes Owner where they are the last." }),
      at: z.iso.datetime({ offset: true }).nullable().default(null).meta({ description: "When; null: now." }),
      note: paragraph(1000).default(""),
    }),
    answer: offboardingSchema,
    handle: async (actor, { params, body: { mailboxes, ownerMemberId, at, note } }) => {
      const plan = { mailboxes, ownerMemberId };
      const row = await offboardMember(actor, params.id, {
        plan,
        dueAt: at ? new Date(at) : null,
        note,
        version: null,
      });
      return { body: answerOf((await offboardingFor(actor.accountId, row.id)).row) };
    },
  }),
];
