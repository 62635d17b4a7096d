import { linkInto } from "../access/tokens.ts";
import { config } from "../config.ts";
import { formatDateTime } from "../i18n/format.ts";
import { t } from "../i18n/t.ts";
import type { Compose, Mail } from "../mail/deliver.ts";
import { letterToTold } from "../mail/told.ts";

interface Words {
  subject: (account: string) => string;
  paragraphs: (data: Mail["data"]) => string[];
}

/** A letter to an administrator about a webhook. Subject: the webhook; `data.userId` is told. */
const toEditors = ({ subject, paragraphs }: Words): Compose =>
  letterToTold(
    (_mail, { name }) => subject(name),
    ({ data, subjectId }, account) => ({
      paragraphs: paragraphs(data),
      facts: [
        [t("Account"), account.name],
        [t("Sent to"), data.webhook!],
      ],
      button: { words: t("Open the webhook"), href: linkInto(account.id, `/admin/webhooks/${subjectId}`) },
    }),
  );

const since = (data: Mail["data"]) => formatDateTime(new Date(data.since ?? 0));
const days = () => Math.max(1, Math.round(config.WEBHOOK_FAILING_HOURS / 24));

export const failingMail = toEditors({
  subject: (account) => t("A webhook of {account} is failing", { account }),
  paragraphs: (data) => [
    t("Since {time} its receiver has taken none of the messages that Muster sends to it.", { time: since(data) }),
    t(
      "Each message is tried again for about three days. Look at the deliveries: they show what was sent and what came back.",
    ),
    t("When nothing was taken for {days, plural, one {# day} other {# days}}, the webhook is switched off.", {
      days: days(),
    }),
  ],
});

export const disabledMail = toEditors({
  subject: (account) => t("A webhook of {account} is switched off", { account }),
  paragraphs: (data) => [
    data.reason === "gone"
      ? t("Its receiver has answered that it is gone for good (410), so Muster sends it nothing any more.")
      : t("Since {time} its receiver has taken none of the messages that Muster sends to it.", { time: since(data) }),
    t(
      "What happens from now on is not sent. The messages that wait for it are kept for {days, plural, one {# day} other {# days}}, and are sent when you switch the webhook on again.",
      { days: config.LOG_DAYS },
    ),
  ],
});
