import { z } from "zod";
import { canonicalAddress } from "../access/address.ts";
import { t } from "../i18n/t.ts";

/** What becomes of the access to a mailbox that is deleted. */
export const accessChoices = ["keep", "end", "hand_over"] as const;
export type AccessChoice = (typeof accessChoices)[number];

/** A button alone. */
export const nothingForm = z.object({});

export const removalForm = z
  .object({
    name: z.string().trim().max(300),
    access: z.enum(accessChoices, { error: () => t("Choose what becomes of the access.") }),
    /** The address of the mailbox that takes the access over. */
    target: z.string().trim().max(254),
  })
  .superRefine(({ access, target }, context) => {
    if (access !== "hand_over" || canonicalAddress(target)) return;
    const message = t("Enter the address of the mailbox that takes the access over.");
    context.addIssue({ code: "custom", path: ["target"], message });
  });
