import { eq } from "drizzle-orm";
import { linkTo } from "../access/tokens.ts";
import { db } from "../db/client.ts";
import { users } from "../db/schema.ts";
import { formatDateTime } from "../i18n/format.ts";
import { t } from "../i18n/t.ts";
import type { Compose } from "../mail/deliver.ts";
import { greet, readBy } from "../mail/render.ts";
import type { FactorChange } from "./changed.ts";

type Data = Record<string, string>;

function wordsOf(change: FactorChange, data: Data): [subject: string, said: string] {
  switch (change) {
    case "app_added":
      return [t("An authenticator app was added"), t("From now on, signing in asks for a code from the app.")];
    case "app_removed":
      return [t("Your authenticator app was removed"), t("Signing in does not ask for its codes any more.")];
    case "passkey_added":
      return [
        t("A passkey was added"),
        t("“{label}” can be used to sign in to your profile.", { label: data.label ?? "" }),
      ];
    case "passkey_removed":
      return [
        t("A passkey was removed"),
        t("“{label}” does not open your profile any more.", { label: data.label ?? "" }),
      ];
    case "code_used":
      return [
        t("A recovery code was used"),
        t(
          "Somebody, hopefully you, signed in with one of your recovery codes. {left, plural, =0 {None is} one {# is} other {# are}} left.",
          {
            left: Number(data.left),
          },
        ),
      ];
    case "codes_made":
      return [t("New recovery codes were made"), t("The earlier ones do not work any more.")];
    case "reset":
      return [
        t("Your second factor was taken off"),
        t(
          "{by} has taken off the second factor of your profile and signed you out everywhere. Sign in with your password, then set up a new one.",
          {
            by: data.by ?? "",
          },
        ),
      ];
  }
}

/** Subject of the mail: the user. Data: `change`, `device`, `ip`, and what the words of the change name. */
export const factorChangedLetter: Compose = async (mail) => {
  const [user] = await db.select().from(users).where(eq(users.id, mail.subjectId));
  if (!user || user.disabledAt) return undefined;
  const words = () => wordsOf(mail.data.change as FactorChange, mail.data);

  return {
    to: user.email,
    ...readBy(user),
    subject: () => words()[0],
    body: () => ({
      greeting: greet(user),
      paragraphs: [words()[1]],
      facts: [
        [t("When"), formatDateTime(mail.createdAt)],
        ...(mail.data.device ? [[t("Device"), mail.data.device] as [string, string]] : []),
        ...(mail.data.device ? [[t("Network address"), mail.data.ip ?? ""] as [string, string]] : []),
      ],
      button: { words: t("Look at your security page"), href: linkTo("/profile/security") },
      footnote: t("If it was not you, choose a new password at once: {link}", { link: linkTo("/forgot") }),
    }),
  };
};
