import { z } from "zod";
import { isSystemRole } from "../access/permissions.ts";
import type { PendingGrant } from "../db/schema.ts";
import { many, paragraph } from "../http/form.ts";
import { t } from "../i18n/t.ts";
import { mostLines, readLines } from "./read-lines.ts";

/** The pasted list, and the one set of rights for all of it. `mailboxes` holds "<mailbox id>:<role>" pairs. */
export const listForm = z.object({
  lines: paragraph(60_000).transform((text, context) => {
    const read = readLines(text);
    const message =
      read.length === 0
        ? t("Paste at least one address.")
        : read.length > mostLines
          ? t("At most {max} addresses at once, please.", { max: mostLines })
          : "";
    if (!message) return read;
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  }),
  role: z.string().max(100),
  mailboxes: many(z.string().max(200), 500),
  message: paragraph(1000),
});

type Values = Pick<z.infer<typeof listForm>, "role" | "mailboxes">;

/** The chosen roles as grants; whether they exist, fit and may be given is checked where they are given. */
export function rightsIn({ role, mailboxes }: Values): PendingGrant[] {
  const onAccount = role ? [roleGrant(null, role)] : [];
  const onMailboxes = mailboxes.filter(Boolean).map((pair) => {
    const [mailboxId = "", ...rest] = pair.split(":");
    return roleGrant(mailboxId, rest.join(":"));
  });
  return [...onAccount, ...onMailboxes];
}

const roleGrant = (mailboxId: string | null, role: string): PendingGrant =>
  isSystemRole(role) ? { mailboxId, systemRole: role } : { mailboxId, roleId: role };
