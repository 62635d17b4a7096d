import { z } from "zod";
import { canonicalAddress } from "../access/address.ts";
import { line, requiredLine } from "../http/form.ts";
import { t } from "../i18n/t.ts";

const address = z
  .string()
  .refine((text) => text.trim() !== "", { error: () => t("Enter the address of the mailbox."), abort: true })
  .transform((text, context) => {
    const found = canonicalAddress(text);
    if (found) return found;
    context.addIssue({ code: "custom", message: t("This is not a whole address. Example: ana@example.com") });
    return z.NEVER;
  });

/** A mailbox that is to be connected: its name may be left to its address. */
export const newConnectionForm = z.object({ name: line(100), address });

/** Through which connector a mailbox is connected anew. */
export const reconnectForm = z.object({ connector: requiredLine(40, () => t("Choose a connector.")) });

/** What a provider sends along; of anything else in its answer nothing is read. All of it is a stranger's. */
export const answerForm = z.object({
  state: z.string().max(100),
  code: z.string().max(4000),
  iss: z.string().max(500),
});

export type Answer = z.infer<typeof answerForm>;

/** An address that a link brought along, to start a form with. */
export const readAddress = (text: unknown): string => (typeof text === "string" ? text.slice(0, 254) : "");

/** The same from the address that a provider sends people to: of a field that comes twice, or is too long, nothing. */
export function readAnswer(query: Record<string, unknown>) {
  const one = (name: string, most: number) => {
    const value = query[name];
    return typeof value === "string" && value.length <= most ? value : "";
  };
  return {
    state: one("state", 100),
    code: one("code", 4000),
    iss: one("iss", 500),
    error: one("error", 200),
    description: one("error_description", 2000),
  };
}
