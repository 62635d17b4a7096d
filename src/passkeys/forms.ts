import type { AuthenticationResponseJSON, RegistrationResponseJSON } from "@simplewebauthn/server";
import { z } from "zod";
import { requiredLine, ticked } from "../http/form.ts";
import { t } from "../i18n/t.ts";

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What the script wrote into the form; what is inside is looked at by whoever verifies it. */
const credential = <T>() =>
  z
    .string()
    .max(20_000)
    .transform((text, context): T => {
      const value = parsed(text) as { id?: unknown; response?: unknown } | null | undefined;
      if (value && typeof value.id === "string" && value.response && typeof value.response === "object")
        return value as T;
      context.addIssue({ code: "custom", message: t("No passkey came with the form. It needs JavaScript.") });
      return z.NEVER;
    });

export const newPasskeyForm = z.object({
  label: requiredLine(60, () => t("Enter a name, so that you know it again.")),
  credential: credential<RegistrationResponseJSON>(),
});

export const passkeyForm = z.object({
  credential: credential<AuthenticationResponseJSON>(),
  remember: ticked(),
  trust: ticked(),
  next: z.string().max(2000),
});
