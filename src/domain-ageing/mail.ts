import { linkInto } from "../access/tokens.ts";
import { doctorSentence } from "../doctor/sentence.ts";
import { t } from "../i18n/t.ts";
import type { Compose, Mail } from "../mail/deliver.ts";
import { letterToTold } from "../mail/told.ts";

interface Words {
  subject: (domain: string) => string;
  paragraphs: (domain: string, data: Mail["data"]) => string[];
}

/** A letter to an administrator about a domain. Subject: the domain; `data.userId` is told. */
const toAdministrators = ({ subject, paragraphs }: Words): Compose =>
  letterToTold(
    ({ data }) => subject(data.domain!),
    ({ data, subjectId }, account) => ({
      paragraphs: paragraphs(data.domain!, data),
      facts: [[t("Account"), account.name]],
      button: { words: t("Open the domain"), href: linkInto(account.id, `/admin/domains/${subjectId}`) },
    }),
  );

/** What the doctor said when it happened, in the reader's language. */
function reasonIn(data: Mail["data"]): string[] {
  if (!data.reason) return [];
  const { code, values } = JSON.parse(data.reason) as { code: string; values?: Record<string, string> };
  const { problem, remedy } = doctorSentence(code, values ?? {});
  return [`${problem} ${remedy}`.trim()];
}

export const verifiedMail = toAdministrators({
  subject: (domain) => t("{domain} is verified", { domain }),
  paragraphs: (domain) => [
    t("Muster has found the record of {domain}: the domain is yours.", { domain }),
    t(
      "Nothing has changed for anybody yet. Activate the domain to take in everybody with an address in it; you see who they are before.",
    ),
    t("Keep the record where it is: Muster looks for it every day."),
  ],
});

export const atRiskMail = toAdministrators({
  subject: (domain) => t("{domain} is at risk: its record is gone", { domain }),
  paragraphs: (domain, data) => [
    t("The record that proves that {domain} is yours is not there any more.", { domain }),
    ...reasonIn(data),
    t(
      "Nothing has changed for anybody. Muster looks every hour; if the record stays away for three days, the domain is suspended: then nobody new can be created or register in it.",
    ),
  ],
});

export const suspendedMail = toAdministrators({
  subject: (domain) => t("{domain} is suspended", { domain }),
  paragraphs: (domain, data) => [
    t("The record that proves that {domain} is yours has been missing for three days.", { domain }),
    ...reasonIn(data),
    t(
      "Nobody new can be created or register in it. Everybody who is here keeps everything. As soon as the record is found again, the domain returns to what it was.",
    ),
  ],
});

export const recoveredMail = toAdministrators({
  subject: (domain) => t("{domain} is in order again", { domain }),
  paragraphs: (domain, data) => [
    t("The record of {domain} is back.", { domain }),
    data.outdone
      ? t(
          "Meanwhile another account has proven and activated this domain, so here it is verified, but not active. Everybody who is here keeps everything. Find out who else manages the DNS of your domain.",
        )
      : t("The domain is what it was before. There is nothing to do."),
  ],
});

export const lapsedMail = toAdministrators({
  subject: (domain) => t("Your claim of {domain} has lapsed", { domain }),
  paragraphs: (domain) => [
    t("Muster has looked for the record of {domain} for two weeks and has not found it. Nothing is checked any more.", {
      domain,
    }),
    t("You can claim the domain again at any time; it gets a new record then."),
  ],
});
