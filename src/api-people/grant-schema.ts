import { z } from "zod";
import { permissionKeys, systemRoleKeys } from "../access/permissions.ts";
import { id, instant, time } from "../api/values.ts";
import type { Grant } from "../grants/queries.ts";

const sources = ["direct", "invitation", "registration", "activation", "import", "api", "system"] as const;

export const grantSchema = z
  .object({
    id: id(),
    mailboxId: id().nullable().meta({ description: "The mailbox that it counts on; null: the account." }),
    systemRole: z.enum(systemRoleKeys).nullable(),
    roleId: id().nullable().meta({ description: "A custom role." }),
    permission: z.enum(permissionKeys).nullable(),
    title: z.string().meta({ description: "The role or permission in words.", example: "Mailbox reader" }),
    permissions: z.array(z.enum(permissionKeys)).meta({ description: "Everything that it lets somebody do." }),
    source: z.enum(sources).meta({ description: "How it came to be." }),
    grantedAt: time("Since when."),
    endsAt: time("Until when it counts; null: without an end.").nullable(),
    grantedBy: z.string().meta({ description: "Who gave it; empty when nobody in particular did." }),
  })
  .meta({
    id: "Grant",
    description: "One role or one permission, given to a member on the account or on one mailbox.",
  });

/** A grant as it is answered. */
export const grantAnswer = (grant: Grant): z.input<typeof grantSchema> => ({
  id: grant.id,
  mailboxId: grant.mailboxId ?? null,
  systemRole: grant.systemRole ?? null,
  roleId: grant.roleId ?? null,
  permission: grant.permission ?? null,
  title: grant.title,
  permissions: [...grant.permissions],
  source: grant.source,
  grantedAt: instant(grant.grantedAt),
  endsAt: grant.endsAt ?? null,
  grantedBy: grant.grantedBy,
});
