import { z } from "zod";
import { canonicalAddress } from "../access/address.ts";
import { line, requiredLine, ticked } from "../http/form.ts";
import { untilField } from "../http/until.ts";
import { t } from "../i18n/t.ts";

/** Local part and domain as the two fields of an address; `email` is the canonical address of both. */
export const addressFields = {
  local: requiredLine(64, () => t("Enter the part before the @.")),
  domain: z.string().max(253),
};

export const joined = ({ local, domain }: { local: string; domain: string }) => canonicalAddress(`${local}@${domain}`);

/** The two fields together must be an address; the message stands beside the first. */
export const checkAddress = (typed: { local: string; domain: string }, context: z.RefinementCtx) => {
  if (typed.local && typed.domain && !joined(typed)) {
    context.addIssue({
      code: "custom",
      path: ["local"],
      message: t("This cannot stand before the @. Letters, digits, dots and hyphens can: ana.lopez"),
    });
  }
};

export const createForm = z
  .object({
    firstName: requiredLine(100, () => t("Enter a first name.")),
    lastName: requiredLine(100, () => t("Enter a last name.")),
    ...addressFields,
    phone: line(40),
    personalMailbox: ticked(),
    until: untilField(),
  })
  .superRefine(checkAddress);
