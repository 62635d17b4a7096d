import { z } from "zod";
import type { Actor } from "../access/actor.ts";
import { permissionKeys, systemRoleKeys } from "../access/permissions.ts";
import { endpoint } from "../api/endpoint.ts";
import { withUsers } from "../holders/counts.ts";
import { copyRole } from "../roles/copy.ts";
import { createRole } from "../roles/create.ts";
import { deleteRole } from "../roles/delete.ts";
import { editRole } from "../roles/edit.ts";
import { newRoleForm } from "../roles/forms.ts";
import { listRoles, type Role, roleOf } from "../roles/queries.ts";

const tag = "Roles";

const roleSchema = z
  .object({
    id: z.string().meta({ description: "A custom role’s id, or a system role’s key.", example: "viewer" }),
    system: z.enum(systemRoleKeys).nullable(),
    level: z.enum(["account", "mailbox"]),
    name: z.string().meta({ example: "Press desk" }),
    about: z.string(),
    permissions: z.array(z.enum(permissionKeys)),
    version: z.int(),
    users: z
      .int()
      .optional()
      .meta({ description: "How many hold it, in lists only. Counted up to 1,000; 1,001 is more than that." }),
  })
  .meta({
    id: "Role",
    description: "A named set of permissions. System roles are the same everywhere and never change.",
  });

const answered = ({ id, system, level, name, about, permissions, version, users }: Role & { users?: number }) => ({
  ...{ id, system, level, name, about, permissions: [...permissions].sort(), version },
  ...(users === undefined ? {} : { users }),
});

const one = async (actor: Actor, id: string) => {
  const role = await roleOf(actor, id);
  return { body: answered(role), version: role.version };
};

const made = async (actor: Actor, id: string) => ({ ...(await one(actor, id)), location: `/roles/${id}` });

const { name, about, level, permissions } = newRoleForm.shape;
const params = z.object({ roleId: z.string().max(60) });
const fields = z.object({
  name: name.meta({ example: "Press desk" }),
  about: about.default(""),
  permissions: permissions.meta({ example: ["users.view"] }),
});

export const roles = [
  endpoint({
    method: "GET",
    path: "/roles",
    tag,
    summary: "List roles",
    description: "The system roles first, then custom ones by level and name.",
    permission: "roles.view",
    answer: roleSchema,
    list: true,
    handle: async (actor, { query: { limit, cursor } }) => {
      const all = await listRoles(actor.accountId);
      const from = cursor ? all.findIndex(({ id }) => id === cursor) + 1 : 0;
      const rows = all.slice(from, from + limit);
      return {
        rows: (await withUsers(actor.accountId, rows)).map(answered),
        next: all.length > from + limit ? rows.at(-1)!.id : undefined,
      };
    },
  }),
  endpoint({
    method: "POST",
    path: "/roles",
    tag,
    summary: "Create a role",
    description: "Nobody makes a role with a permission that they do not hold.",
    permission: "roles.add",
    body: fields.extend({ level }),
    answer: roleSchema,
    handle: async (actor, { body }) => made(actor, (await createRole(actor, body)).id),
    again: made,
  }),
  endpoint({
    method: "GET",
    path: "/roles/:roleId",
    tag,
    summary: "One role",
    permission: "roles.view",
    params,
    answer: roleSchema,
    handle: (actor, { params: { roleId } }) => one(actor, roleId),
  }),
  endpoint({
    method: "PUT",
    path: "/roles/:roleId",
    tag,
    summary: "Change a custom role",
    description: "What is left out of `permissions` ends for everybody who holds the role.",
    permission: "roles.edit",
    params,
    body: fields,
    answer: roleSchema,
    ifMatch: true,
    handle: async (actor, { params: { roleId }, body, version }) => {
      await editRole(actor, roleId, { ...body, version });
      return one(actor, roleId);
    },
  }),
  endpoint({
    method: "DELETE",
    path: "/roles/:roleId",
    tag,
    summary: "Delete a custom role",
    description: "Refused while somebody holds it.",
    permission: "roles.delete",
    params,
    ifMatch: true,
    handle: async (actor, { params: { roleId }, version }) => {
      await deleteRole(actor, roleId, { version });
      return {};
    },
  }),
  endpoint({
    method: "POST",
    path: "/roles/:roleId/copy",
    tag,
    summary: "Copy a role",
    permission: "roles.add",
    params,
    answer: roleSchema,
    handle: async (actor, { params: { roleId } }) => made(actor, (await copyRole(actor, roleId)).role.id),
    again: made,
  }),
];
