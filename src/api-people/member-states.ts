import { endpoint } from "../api/endpoint.ts";
import { byId } from "../api/values.ts";
import { blockMember } from "../members/block.ts";
import { removeMember } from "../members/remove.ts";
import { restoreMember } from "../members/restore.ts";
import { unblockMember } from "../members/unblock.ts";
import { changeRole } from "../positions/change-role.ts";
import { changeRoleForm } from "../positions/forms.ts";
import { member, memberSchema, stillAs } from "./member-schema.ts";

const tag = "Members";

/** What is done to somebody's place in the account. */
export const memberStates = [
  endpoint({
    method: "DELETE",
    path: "/members/:id",
    tag,
    summary: "Remove a member",
    description: "Every right in the account ends, mailboxes stay. Can be restored for 30 days.",
    permission: "users.delete",
    params: byId,
    mayMatch: true,
    handle: async (actor, { params, tags }) => {
      await removeMember(actor, params.id, stillAs(actor, tags));
      return {};
    },
  }),
  endpoint({
    method: "PUT",
    path: "/members/:id/role",
    tag,
    summary: "Change the role of an active member",
    description:
      "One role takes the place of all on the account. Single permissions and what they hold on mailboxes stay.",
    permission: "users.change_role",
    params: byId,
    body: changeRoleForm,
    answer: memberSchema,
    mayMatch: true,
    handle: async (actor, { params, body, tags }) => {
      await changeRole(actor, params.id, body.role, stillAs(actor, tags));
      return member(actor, params.id, true);
    },
  }),
  ...(
    [
      [
        "block",
        "users.block",
        "Block a member",
        "Their access ends for now, with every session and token.",
        blockMember,
      ],
      ["unblock", "users.block", "Unblock a member", "They hold again what they held.", unblockMember],
      ["restore", "users.delete", "Restore a removed member", "Within 30 days, with what they held.", restoreMember],
    ] as const
  ).map(([verb, permission, summary, description, act]) =>
    endpoint({
      method: "POST",
      path: `/members/:id/${verb}`,
      tag,
      summary,
      description,
      permission,
      params: byId,
      answer: memberSchema,
      mayMatch: true,
      handle: async (actor, { params, tags }) => {
        await act(actor, params.id, stillAs(actor, tags));
        return member(actor, params.id, true);
      },
    }),
  ),
];
