import { z } from "zod";
import { blankForm, type Form, line, requiredLine } from "../http/form.ts";
import { isLocale, type Locale, language, t } from "../i18n/t.ts";
import { isTimeZone } from "../i18n/time-zones.ts";

export const signInForm = z.object({
  email: z.string().max(254),
  password: z.string().max(4096),
  remember: z.string().transform((value) => value === "on"),
  next: z.string().max(2000),
});

/** The longest that a password field may carry; what is longer than the rule allows is refused in words, not with 400. */
export const passwordField = () => z.string().max(10_000, { error: () => t("This is longer than 1,024 bytes.") });

const locale = () =>
  z.string().transform((text, context): Locale => {
    if (isLocale(text)) return text;
    context.addIssue({ code: "custom", message: t("Choose a language from the list.") });
    return z.NEVER;
  });

/** Who somebody is and how they read: the fields that registering and the profile share. */
export const personFields = {
  firstName: requiredLine(100, () => t("Enter a first name.")),
  lastName: line(100),
  locale: locale(),
  timeZone: z.string().refine(isTimeZone, { error: () => t("Choose a time zone from the list.") }),
};

/** A new profile, whichever link led to it: views/auth/_new-profile.ejs. The address comes from the link alone (T2). */
export const newProfileForm = z.object({ ...personFields, password: passwordField() });

/** The same form before anything was typed, with what the invitation said and what the browser speaks. */
export const blankProfile = (known: { firstName?: string; lastName?: string } = {}): Form<unknown> =>
  blankForm({ firstName: "", lastName: "", ...known, locale: language().locale, timeZone: "UTC" });
