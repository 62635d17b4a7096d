import { linkTo } from "../access/tokens.ts";
import { t } from "../i18n/t.ts";
import type { Compose, Mail } from "../mail/deliver.ts";
import type { LetterBody } from "../mail/render.ts";
import { letterToTold } from "../mail/told.ts";

interface Words {
  subject: (account: string) => string;
  paragraphs: (data: Mail["data"]) => string[];
  button: () => LetterBody["button"];
}

/** A letter to an Owner. Subject: the account; `data.userId` is told. */
const toOwner = ({ subject, paragraphs, button }: Words): Compose =>
  letterToTold(
    (_mail, { name }) => subject(name),
    ({ data }, { name }) => ({
      paragraphs: paragraphs(data),
      facts: [[t("Account"), name], ...(data.reason ? [[t("Reason"), data.reason] as [string, string]] : [])],
      button: button(),
    }),
  );

export const accountSuspendedMail = toOwner({
  subject: (account) => t("{account} is suspended", { account }),
  paragraphs: () => [
    t(
      "Whoever runs this installation has suspended your account. Nobody can work in it, and mail programs cannot sign in.",
    ),
    t(
      "Nothing is lost: mail still arrives, and everything is as it was when the account is restored. Answer this by writing to whoever runs the installation.",
    ),
  ],
  button: () => ({ words: t("See who suspended it"), href: linkTo("/accounts/suspended") }),
});

export const accountUnsuspendedMail = toOwner({
  subject: (account) => t("{account} is restored", { account }),
  paragraphs: () => [
    t("Your account is not suspended any more. Everybody has what they had, and what was under way goes on."),
  ],
  button: () => ({ words: t("Open Muster"), href: linkTo("/") }),
});
