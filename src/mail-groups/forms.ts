import { z } from "zod";
import { canonicalAddress } from "../access/address.ts";
import { many, requiredLine } from "../http/form.ts";
import { t } from "../i18n/t.ts";
import { addressFields, checkAddress } from "../mail-addresses/form.ts";
import { versionField } from "../profile/forms.ts";

/** So many addresses a group has at most. */
export const mostMembers = 500;

/** Addresses, one a line; commas and semicolons divide as well. Canonical, each once, in the order that they were typed. */
const members = z
  .string()
  .max(50_000, { error: () => t("At most {max} characters, please.", { max: 50_000 }) })
  .transform((text, context) => {
    const typed = text.split(/[\s,;]+/).filter(Boolean);
    const bad = typed.find((each) => !canonicalAddress(each));
    if (bad === undefined) return [...new Set(typed.map((each) => canonicalAddress(each)!))];
    const message = t("“{text}” is not an e-mail address that mail can be sent to.", { text: bad.slice(0, 100) });
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  });

const fields = {
  name: requiredLine(100, () => t("Give the group a name.")),
  ...addressFields,
  members,
  /** Mailboxes that were ticked: their addresses. */
  boxes: many(z.string().max(254), 100),
};

export const newGroupForm = z.object(fields).superRefine(checkAddress);
export const groupForm = z.object({ ...fields, version: versionField() }).superRefine(checkAddress);
export const versionForm = z.object({ version: versionField() });

/** A group as somebody wants it: canonical addresses. */
export interface GroupFields {
  name: string;
  address: string;
  members: string[];
}

/** The list's search as it stands in the query string (T61). */
export const readGroupQuery = (query: Record<string, unknown>) => ({
  q: typeof query.q === "string" ? query.q.trim().slice(0, 200) : "",
});
