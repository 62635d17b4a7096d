import { z } from "zod";
import { canonicalAddress } from "../access/address.ts";
import { config } from "../config.ts";
import { requiredLine } from "../http/form.ts";
import { t } from "../i18n/t.ts";

const name = () => requiredLine(100, () => t("Give the mailbox a name."));

const local = z
  .string()
  .trim()
  .refine((text) => text !== "", { error: () => t("Enter the part of the address before the @.") });

/** Megabytes; empty: no limit of ours. */
const quota = z
  .string()
  .trim()
  .refine((text) => /^([1-9]\d{0,7})?$/.test(text), { error: () => t("A whole number of megabytes, please: 5000") })
  .transform((text) => (text ? Number(text) : null));

/** The address of the two fields, canonical; undefined for what is none. */
export const addressOf = ({ local, domain }: { local: string; domain: string }) =>
  local.includes("@") ? undefined : canonicalAddress(`${local}@${domain || config.MAIL_DOMAIN}`);

/** The part before the @, and one of the domains that the page offers; none said: MAIL_DOMAIN. */
export const newMailboxForm = z
  .object({ name: name(), local, domain: z.string().max(253), quotaMegabytes: quota })
  .superRefine((typed, context) => {
    if (typed.local === "" || addressOf(typed)) return;
    context.addIssue({
      code: "custom",
      path: ["local"],
      message: t("Letters, digits, dots, hyphens and underscores make a good address. Example: support"),
    });
  });

export const renameForm = z.object({ name: name(), version: z.coerce.number().int().min(1) });

export const quotaForm = z.object({ quotaMegabytes: quota, version: z.coerce.number().int().min(1) });

export const versionForm = z.object({ version: z.coerce.number().int().min(1) });

/** Who gets access, by the address that they are known by, and with which role: a system role's key or a role's id. */
export const accessForm = z.object({
  email: z
    .string()
    .refine((text) => text.trim() !== "", {
      error: () => t("Enter the address of somebody in this account."),
      abort: true,
    })
    .transform((text) => canonicalAddress(text) ?? ""),
  role: z
    .string()
    .min(1, { error: () => t("Choose a role.") })
    .max(60),
});

export const shownKinds = ["all", "native", "imap"] as const;
const shownStates = ["active", "archived", "all", "deleted"] as const;

/** The list's filters as they stand in the query string; what is none narrows nothing (T61). */
export function readMailboxQuery(query: Record<string, unknown>) {
  const q = typeof query.q === "string" ? query.q.trim().slice(0, 200) : "";
  const show = shownStates.find((state) => state === query.show) ?? "active";
  const kind = shownKinds.find((each) => each === query.kind) ?? "all";
  return { q, show, kind };
}

export type MailboxQuery = ReturnType<typeof readMailboxQuery>;
