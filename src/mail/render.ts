import { instanceName } from "../access/instance-settings.ts";
import { config } from "../config.ts";
import { renderView } from "../http/view.ts";
import { formatDateTime } from "../i18n/format.ts";
import { inLanguage, type Locale, t } from "../i18n/t.ts";
import type { Brand } from "./brand.ts";

/** What a room's composer returns for a mail: everything in it, in nobody's language yet. */
export interface Letter {
  to: string;
  toName?: string;
  locale: Locale;
  timeZone?: string;
  region?: string;
  /** Called in the recipient's language. */
  subject: () => string;
  /** Called in the recipient's language: the paragraphs, and at most one button. */
  body: () => LetterBody;
}

export interface LetterBody {
  greeting?: string;
  paragraphs: string[];
  button?: { words: string; href: string };
  /** Name and value pairs shown as a small table. */
  facts?: [string, string][];
  /** A message from a person, shown as a quotation. */
  quote?: { from: string; text: string };
  footnote?: string;
}

/** How every letter to a user begins: by their first name, by their address while they have none. */
export const greet = (user: { firstName: string; email: string }): string =>
  t("Hello {name},", { name: user.firstName || user.email });

/** In which language and time zone a user reads a letter. */
export const readBy = ({ locale, timeZone, region }: { locale: Locale; timeZone: string; region?: string }) => ({
  locale,
  timeZone,
  region,
});

export interface RenderedMail {
  subject: string;
  html: string;
  text: string;
}

/** The mail as text and as HTML from the same parts, in the recipient's language; `brand`: of the account that sends it. */
export function renderLetter(letter: Letter, brand?: Brand): Promise<RenderedMail> {
  return inLanguage({ locale: letter.locale, timeZone: letter.timeZone, region: letter.region }, async () => {
    const body = letter.body();
    const subject = letter.subject();
    const locals = {
      ...body,
      subject,
      t,
      formatDateTime,
      locale: letter.locale,
      instance: config.MAIL_DOMAIN,
      instanceName: instanceName(),
      brand,
    };
    return { subject, html: renderView("emails/letter", locals), text: plainText(body, brand) };
  });
}

function plainText(body: LetterBody, brand: Brand | undefined): string {
  const parts = [
    body.greeting,
    ...body.paragraphs,
    body.quote && `${body.quote.from}:\n${body.quote.text.replace(/^/gm, "> ")}`,
    body.facts?.map(([name, value]) => `${name}: ${value}`).join("\n"),
    body.button && `${body.button.words}:\n${body.button.href}`,
    body.footnote,
    brand && `-- \n${brand.name}`,
  ];
  return `${parts.filter(Boolean).join("\n\n")}\n`;
}
