import { z } from "zod";
import { canonicalAddress } from "../access/address.ts";
import { imapSecurities } from "../db/boxes.ts";
import { requiredLine } from "../http/form.ts";
import { t } from "../i18n/t.ts";
import { canonicalHost } from "../outbound/resolve.ts";

const address = z
  .string()
  .trim()
  .refine((text) => text !== "", { error: () => t("Enter the mailbox’s address."), abort: true })
  .transform((text, context) => {
    const found = canonicalAddress(text);
    if (found) return found;
    context.addIssue({ code: "custom", message: t("This is not a whole address. Example: ana@example.com") });
    return z.NEVER;
  });

const host = requiredLine(253, () => t("Enter the name of the mail server. Example: imap.example.com")).transform(
  (text, context) => {
    const found = canonicalHost(text);
    if (found) return found;
    context.addIssue({
      code: "custom",
      message: t("Enter the name of the mail server alone, without imap:// and port. Example: imap.example.com"),
    });
    return z.NEVER;
  },
);

const port = z
  .string()
  .trim()
  .regex(/^\d{1,5}$/, { error: () => t("A port is a number. Usual are 993 and 143.") })
  .transform(Number)
  .refine((value) => value >= 1 && value <= 65_535, { error: () => t("A port is a number. Usual are 993 and 143.") });

const connection = {
  host,
  port,
  security: z.enum(imapSecurities, { error: () => t("Choose an encryption.") }),
  username: requiredLine(320, () => t("Enter the user name for the mail server.")),
  // As it is: blanks at the ends may belong to it. What no IMAP command can carry is refused here.
  password: z
    .string()
    .min(1, { error: () => t("Enter the password.") })
    .max(1000, { error: () => t("At most {max} characters, please.", { max: 1000 }) })
    .refine((text) => !/[\u0000\r\n]/.test(text), { error: () => t("This holds a character that cannot be shown.") }),
};

export const addressForm = z.object({ address });

export const connectForm = z.object({
  name: requiredLine(100, () => t("Give the mailbox a name.")),
  address,
  ...connection,
});

export const connectionForm = z.object({ version: z.coerce.number().int().min(0), ...connection });

export type Connection = Omit<z.infer<typeof connectionForm>, "version">;
