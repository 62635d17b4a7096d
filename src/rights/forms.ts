import { z } from "zod";
import { type Permission, permissionKeys } from "../access/permissions.ts";
import { line, many } from "../http/form.ts";
import { isUuid } from "../http/ids.ts";
import { untilField } from "../http/until.ts";
import { t } from "../i18n/t.ts";

/** The roles that were ticked: keys of system roles, ids of custom ones. */
export const rolesForm = z.object({
  role: many(z.string().max(40)).refine((roles) => roles.length > 0, { error: () => t("Choose at least one role.") }),
  until: untilField(),
});

/** The permissions that were ticked, also those that the filter hides. */
export const permissionsForm = z.object({
  p: many(z.enum(permissionKeys as [Permission, ...Permission[]])),
  until: untilField(),
});

/** One line of a card: the grant that shall end, or the change that shall be taken back; and the mailbox of the card. */
export const lineForm = z.object({
  line: z.string().catch(""),
  mailbox: z.string().transform((text) => (isUuid(text) ? text : null)),
});

/** The state of the member that the administrator has seen. */
export const rebaseForm = z.object({ version: z.coerce.number().int().min(1).max(2_000_000_000) });

/** Whether Cancel leaves the user (the header) or stays (the page that shows a conflict). */
export const cancelForm = z.object({ stay: z.string().transform((value) => value === "1") });

/** The filters of Advanced (A13, A14). `ticked` says that `p` is what stands ticked, even when it is empty. */
export const permissionFilter = z.object({
  q: line(100).catch(""),
  section: line(60).catch(""),
  only: z.string().transform((value) => value === "1"),
  ticked: z.string().transform((value) => value === "1"),
  p: many(z.string().max(60)),
  until: z.string().max(20).catch(""),
});

/** The search field of the Mailboxes tab. */
export const mailboxFilter = z.object({ q: line(100).catch("") });

/** Where the log goes on. */
export const logPage = z.object({ before: z.coerce.number().int().positive().optional().catch(undefined) });
