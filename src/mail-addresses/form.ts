import { z } from "zod";
import { canonicalAddress } from "../access/address.ts";
import { t } from "../i18n/t.ts";

/** The two fields of an address of ours: the part before the @, and one of the domains that the page offers. */
export const addressFields = {
  local: z
    .string()
    .trim()
    .refine((text) => text !== "", { error: () => t("Enter the part of the address before the @.") }),
  domain: z.string().max(253),
};

/** The address of the two fields, canonical; undefined for what is none. */
export const joinedAddress = ({ local, domain }: { local: string; domain: string }): string | undefined =>
  local.includes("@") ? undefined : canonicalAddress(`${local}@${domain}`);

/** The message stands beside the first of the two. */
export function checkAddress(typed: { local: string; domain: string }, context: z.RefinementCtx): void {
  if (typed.local === "" || joinedAddress(typed)) return;
  context.addIssue({
    code: "custom",
    path: ["local"],
    message: t("Letters, digits, dots, hyphens and underscores make a good address. Example: support"),
  });
}

export const addressForm = z.object(addressFields).superRefine(checkAddress);
