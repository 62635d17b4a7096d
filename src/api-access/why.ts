import { z } from "zod";
import type { Actor } from "../access/actor.ts";
import { permissionKeys, permissions, systemRoleKeys } from "../access/permissions.ts";
import { endpoint } from "../api/endpoint.ts";
import { ApiError } from "../api/problem.ts";
import { byId, id, instant, instantOrNull, time } from "../api/values.ts";
import { assertMayLook } from "../changes/may-edit.ts";
import { db } from "../db/client.ts";
import { memberStatuses } from "../db/schema.ts";
import { findPlace } from "../grants/place.ts";
import { t } from "../i18n/t.ts";
import { findMember } from "../members/queries.ts";
import { placeWords, readPlace } from "../who-can/forms.ts";
import { whoCan } from "../who-can/queries.ts";
import { whyOf } from "../why/answer.ts";
import type { Path, Question } from "../why/paths.ts";

const tag = "Access";
const sources = ["direct", "invitation", "registration", "activation", "import", "api", "system"] as const;

const asked = z.object({
  permission: z.enum(permissionKeys).meta({ description: "Which right.", example: "messages.read" }),
  mailbox: id().optional().meta({ description: "On which mailbox; none: on the account, so on every mailbox." }),
  at: z.iso.datetime({ offset: true }).optional().meta({ description: "When; none: now." }),
});

const pathSchema = z
  .object({
    grantId: id(),
    mailboxId: id().nullable(),
    systemRole: z.enum(systemRoleKeys).nullable(),
    roleId: id().nullable(),
    roleName: z.string().nullable(),
    permission: z.enum(permissionKeys).nullable().meta({ description: "Set where it was given singly." }),
    source: z.enum(sources),
    sourceId: z.string().nullable().meta({ description: "The import or the client that it came by." }),
    grantedAt: time("Since when it is given."),
    grantedBy: z.string().meta({ description: "Who gave it; empty when nobody in particular did." }),
    inRoleSince: time("Since when a custom role holds the right.").nullable(),
    inRoleBy: z.string().meta({ description: "Who put the right into the role." }),
    endsAt: time("Until when it is given.").nullable(),
    endedAt: time("When it ended.").nullable(),
    endedBy: z.string(),
    endReason: z.string().nullable(),
    counts: z.boolean().meta({ description: "Whether it counted at that moment." }),
  })
  .meta({ id: "Path", description: "One way to a right: a grant, and how the right is in it." });

const pathAnswer = ({ content, ...path }: Path): z.input<typeof pathSchema> => ({
  ...{ grantId: path.grantId, mailboxId: path.mailboxId, systemRole: path.systemRole, roleId: path.roleId },
  ...{ roleName: path.roleName, permission: path.permission, source: path.source, sourceId: path.sourceId },
  ...{ grantedAt: instant(path.grantedAt), grantedBy: path.grantedBy },
  ...{ inRoleSince: instantOrNull(content?.startedAt ?? null), inRoleBy: content?.startedBy ?? "" },
  ...{ endsAt: instantOrNull(path.endsAt), endedAt: instantOrNull(path.endedAt), endedBy: path.endedBy },
  ...{ endReason: path.endReason, counts: path.counts },
});

const whySchema = z
  .object({
    holds: z.boolean().meta({ description: "Whether the member could do it at that moment." }),
    status: z.enum(memberStatuses).nullable().meta({ description: "The member’s status then; null: not there yet." }),
    paths: z.array(pathSchema),
  })
  .meta({ id: "Why", description: "Yes or no, and every way: those that count, and those that do not." });

const holderSchema = z
  .object({ memberId: id(), name: z.string(), email: z.string(), paths: z.array(pathSchema) })
  .meta({ id: "Holder", description: "Somebody who has the right, with every way to it that counts." });

async function questionOf(actor: Actor, { permission, mailbox, at }: z.output<typeof asked>): Promise<Question> {
  const place = await findPlace(db, actor.accountId, mailbox ?? null);
  if (at && new Date(at).getTime() > Date.now()) {
    const detail = t("This date has not come yet. Nobody knows what counts then.");
    throw new ApiError(422, detail, { faults: [{ parameter: "at", detail }] });
  }
  const mailboxId = permissions[permission].level === "mailbox" ? place.mailboxId : null;
  return { permission, mailboxId, at: at ? new Date(at) : null };
}

/** Why somebody can do something, and who can (X3). */
export const why = [
  endpoint({
    method: "GET",
    path: "/members/:id/why",
    tag,
    summary: "Why a member can do something",
    description: "Any right, on the account or a mailbox, now or on a past date.",
    permission: "users.view",
    params: byId,
    query: asked,
    answer: whySchema,
    handle: async (actor, { params, query }) => {
      const member = await findMember(db, actor.accountId, params.id);
      assertMayLook(actor, member, "users.view");
      const answer = await whyOf(actor.accountId, member.id, await questionOf(actor, query));
      const paths = [...answer.counting, ...answer.others].map(pathAnswer);
      return { body: { holds: answer.yes, status: answer.standing.status, paths } };
    },
  }),
  endpoint({
    method: "GET",
    path: "/access",
    tag,
    summary: "Who can do something",
    description: "Everybody who has a right, by name; where more than a thousand have it, in the order of their ids.",
    permission: "users.view",
    query: asked.extend({ q: z.string().max(200).default("").meta({ description: "Part of a name or address." }) }),
    answer: holderSchema,
    list: true,
    handle: async (actor, { query: { limit, cursor, q, ...rest } }) => {
      const question = await questionOf(actor, rest);
      const { rows, next } = await whoCan(actor.accountId, question, q, readPlace(cursor), limit);
      const data = rows.map((row) => ({
        ...{ memberId: row.id, name: row.name, email: row.email },
        paths: row.paths.map(pathAnswer),
      }));
      return { rows: data, next: next ? placeWords(next) : undefined };
    },
  }),
];
