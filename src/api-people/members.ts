import { z } from "zod";
import { address } from "../access/address.ts";
import { endpoint } from "../api/endpoint.ts";
import { ApiError } from "../api/problem.ts";
import { byId, id } from "../api/values.ts";
import { createUser } from "../corporate/create.ts";
import { createForm } from "../corporate/forms.ts";
import { memberStatuses } from "../db/schema.ts";
import { readCursor } from "../directory/cursor.ts";
import { readFilters, sorts } from "../directory/filters.ts";
import { findList } from "../directory/page.ts";
import { changeGuest } from "../end-dates/set-guest.ts";
import { Invalid } from "../http/errors.ts";
import { untilInstant } from "../http/until.ts";
import { t } from "../i18n/t.ts";
import { addUser } from "../positions/add.ts";
import { mayInvite, member, memberAnswer, memberSchema, stillAs } from "./member-schema.ts";

const tag = "Members";

const day = (description: string) => z.iso.date().optional().meta({ description, example: "2026-11-01" });

const query = z.object({
  q: z.string().max(200).optional().meta({ description: "Part of a name or address; several words must all occur." }),
  status: z.enum(memberStatuses).optional().meta({ description: "Removed members are listed only when asked for." }),
  role: z
    .string()
    .max(60)
    .optional()
    .meta({ description: "A system role’s key or a custom role’s id.", example: "viewer" }),
  mailbox: z
    .union([z.literal("none"), id()])
    .optional()
    .meta({ description: "A mailbox’s id, or `none`." }),
  domain: z.string().max(253).optional().meta({ description: "The domain of the address.", example: "example.com" }),
  from: day("Here since that day (UTC) or later."),
  to: day("Here since that day (UTC) or earlier."),
  idle: z.coerce.number().int().min(1).max(3650).optional().meta({ description: "Not signed in for so many days." }),
  sort: z.enum(Object.keys(sorts) as [keyof typeof sorts]).default("created"),
  dir: z.enum(["asc", "desc"]).optional(),
});

/** The page has two fields for the address, the body has one. */
const aboutEmail = (error: unknown): never => {
  if (error instanceof Invalid && ["local", "domain"].includes(error.field)) throw new Invalid("email", error.message);
  throw error;
};

/** Somebody’s place in the account: found, read, added. */
export const members = [
  endpoint({
    method: "GET",
    path: "/members",
    tag,
    summary: "List members",
    description: "The users list, with its filters. Drafts are there for those who may send them.",
    permission: "users.view",
    query,
    answer: memberSchema,
    list: true,
    handle: async (actor, { query: { limit, cursor, ...asked } }) => {
      if (cursor && !readCursor(cursor, asked.sort))
        throw new ApiError(422, t("This cursor is of another list."), {
          faults: [{ parameter: "cursor", detail: t("This cursor is of another list.") }],
        });
      const filters = readFilters({ ...asked, after: cursor ?? "" }, mayInvite(actor));
      const { read } = await findList(actor, { ...filters, size: limit }, mayInvite(actor));
      const { rows, next } = read();
      return { rows: rows.map(memberAnswer), next };
    },
  }),
  endpoint({
    method: "POST",
    path: "/members",
    tag,
    summary: "Add a member as Viewer",
    description:
      "One address becomes a Viewer: somebody outside is invited at once; somebody with an address in an active domain of the account is added.",
    permission: "users.add",
    body: z.object({ email: address().meta({ example: "ana@example.com" }) }),
    answer: memberSchema,
    handle: async (actor, { body: { email } }) => {
      const added = await addUser(actor, email);
      return { ...(await member(actor, added.id, true)), location: `/members/${added.id}` };
    },
    again: async (actor, madeId) => ({ ...(await member(actor, madeId, true)), location: `/members/${madeId}` }),
  }),
  endpoint({
    method: "GET",
    path: "/members/:id",
    tag,
    summary: "One member",
    permission: "users.view",
    params: byId,
    answer: memberSchema,
    handle: (actor, { params }) => member(actor, params.id),
  }),
  endpoint({
    method: "POST",
    path: "/members/corporate",
    tag,
    summary: "Create a corporate user",
    description:
      "In an active domain of the account. They get a mail to create a password; their rights are given next.",
    permission: "users.create",
    body: z.object({
      email: address().meta({ example: "ana@example.com" }),
      firstName: createForm.shape.firstName.meta({ example: "Ana" }),
      lastName: createForm.shape.lastName.meta({ example: "Lopez" }),
      phone: createForm.shape.phone.default("").meta({ description: "International, where phones are switched on." }),
      personalMailbox: z.boolean().default(false),
      guestUntil: untilInstant().default(null),
    }),
    answer: memberSchema,
    handle: async (actor, { body: { email, guestUntil, ...person } }) => {
      const [local = "", domain = ""] = email.split("@");
      const created = await createUser(actor, { ...person, until: guestUntil, local, domain }).catch(aboutEmail);
      return { ...(await member(actor, created.id, true)), location: `/members/${created.id}` };
    },
    again: async (actor, madeId) => ({ ...(await member(actor, madeId, true)), location: `/members/${madeId}` }),
  }),
  endpoint({
    method: "PATCH",
    path: "/members/:id",
    tag,
    summary: "Change until when somebody is a guest",
    description: "null: they stay without an end. A guest whose time was over is restored by a later one.",
    mayMatch: true,
    permission: "users.edit",
    others: ["invites.send"],
    params: byId,
    body: z.object({ guestUntil: untilInstant() }),
    answer: memberSchema,
    handle: async (actor, { params, body: { guestUntil }, tags }) => {
      await changeGuest(actor, params.id, guestUntil, stillAs(actor, tags));
      return member(actor, params.id, true);
    },
  }),
];
