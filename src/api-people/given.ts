import { z } from "zod";
import { isSystemRole, permissionKeys, systemRoleKeys } from "../access/permissions.ts";
import { id } from "../api/values.ts";
import type { PendingGrant } from "../db/schema.ts";
import { untilInstant } from "../http/until.ts";
import { t } from "../i18n/t.ts";

/** One role or permission that is to be given, as programs write it. */
export const givenSchema = z
  .strictObject({
    role: z
      .union([z.enum(systemRoleKeys), id()])
      .optional()
      .meta({ description: "A system role’s key, or a custom role’s id.", example: "mailbox_reader" }),
    permission: z.enum(permissionKeys).optional().meta({ description: "A single permission.", example: "users.view" }),
    mailboxId: id().nullable().default(null).meta({ description: "The mailbox that it counts on; null: the account." }),
    endsAt: untilInstant().optional().meta({
      description:
        "Until when; null: without an end. What is held already gets this end; without the field it keeps its own.",
    }),
  })
  .refine(({ role, permission }) => (role === undefined) !== (permission === undefined), {
    error: () => t("Name either a role or a permission."),
    path: ["role"],
  })
  .meta({ id: "NewGrant", description: "Either a role or a permission, on the account or on one mailbox." });

/** The same as the verbs take it. */
export function pendingOf({ role, permission, mailboxId, endsAt }: z.output<typeof givenSchema>): PendingGrant {
  if (permission) return { mailboxId, permission, endsAt };
  return role && isSystemRole(role) ? { mailboxId, endsAt, systemRole: role } : { mailboxId, endsAt, roleId: role };
}
