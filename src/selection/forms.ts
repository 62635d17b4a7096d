import { z } from "zod";
import { line, many } from "../http/form.ts";

/** At most as many as one page of the list shows. */
export const mostAtOnce = 100;

const actionNames = [
  "resend",
  "revoke",
  "block",
  "unblock",
  "remove",
  "add_role",
  "remove_role",
  "grant_mailbox",
] as const;
export type ActionName = (typeof actionNames)[number];

export const selectionForm = z.object({
  action: z.enum(actionNames),
  members: many(z.string(), mostAtOnce),
  role: z.string().max(40),
  mailbox: z.string().max(40),
  /** Looks for mailboxes instead of doing anything, where there are too many to choose from. */
  search: z.string().transform((text) => text === "yes"),
  find: line(100),
  /** Set by the page that asks once more. */
  confirmed: z.string().transform((text) => text === "yes"),
});
export type Selection = z.infer<typeof selectionForm>;
