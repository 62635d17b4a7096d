import { pathInto } from "../access/tokens.ts";
import { formatNumber } from "../i18n/format.ts";
import { t } from "../i18n/t.ts";
import { deviceWords } from "../sessions/device-words.ts";
import { endWords } from "./end-words.ts";
import { type NotificationKind, notificationKinds } from "./kinds.ts";

type Data = Record<string, string>;

/** What the bell says. Data is frozen when it rings: `name` and `email` of whom it is about. */
export function bellWords({ kind, data, account }: { kind: NotificationKind; data: Data; account: string }): string {
  const who = data.name || data.email || "";
  switch (kind) {
    case "invite.accepted":
      return t("{who} accepted your invitation to {account}.", { who, account });
    case "invite.declined":
      return t("{who} declined your invitation to {account}.", { who, account });
    case "invite.expired":
      return t("Your invitation of {who} to {account} has expired.", { who, account });
    case "invite.bounced":
      return t("Your invitation of {who} to {account} could not be delivered.", { who, account });
    case "run.finished":
      return data.kind === "undo"
        ? t("The activation of {domain} is undone: {count, plural, one {# person is} other {# people are}} let go.", {
            domain: data.domain ?? "",
            count: Number(data.count),
          })
        : t("{domain} is active: {count, plural, one {# person is} other {# people are}} taken in.", {
            domain: data.domain ?? "",
            count: Number(data.count),
          });
    case "import.finished":
      if (data.status === "failed" || data.status === "refused")
        return t("The import of {file} has stopped. Its page says why.", { file: data.file ?? "" });
      return importWords(data.file ?? "", Number(data.count), Number(data.changed ?? 0));
    case "report.ready":
      return t("Your report is ready.");
    case "rights.changed":
      return t("What you may do in {account} has changed.", { account });
    case "own_end.near":
    case "own_end.reached":
    case "end_date.near":
    case "end_date.reached":
      return endWords(kind, data, account);
    case "domain.verified":
      return t("{domain} is verified. It can be activated now.", { domain: data.domain ?? "" });
    case "domain.at_risk":
      return t("{domain} is at risk: its record is gone.", { domain: data.domain ?? "" });
    case "domain.suspended":
      return t("{domain} is suspended: its record has been missing for three days.", { domain: data.domain ?? "" });
    case "domain.recovered":
      return t("{domain} is in order again.", { domain: data.domain ?? "" });
    case "domain.lapsed":
      return t("The claim of {domain} has lapsed.", { domain: data.domain ?? "" });
    case "webhook.failing":
      return t("The webhook to {url} is failing: its receiver takes nothing.", { url: data.webhook ?? "" });
    case "webhook.disabled":
      return t("The webhook to {url} is switched off.", { url: data.webhook ?? "" });
    case "factor.reset":
      return t("{by} has taken off your second factor.", { by: data.by ?? "" });
    case "sign_in.new_device":
      return t("Somebody signed in as you on a device that you had not used before: {device}, from {ip}.", {
        device: deviceWords(data.userAgent),
        ip: data.ip || "?",
      });
    case "offboarding.done":
      return t("{who} has left {account}. The receipt is ready.", { who, account });
    case "offboarding.failed":
      return t("The planned offboarding of {who} was not carried out.", { who });
  }
}

/** A workbook may create people, change people, or both: "0 created" is no news of an edited report. */
function importWords(file: string, count: number, changed: number): string {
  if (changed === 0)
    return t("The import of {file} is finished: {count, plural, one {# user was} other {# users were}} created.", {
      file,
      count,
    });
  if (count === 0)
    return t("The import of {file} is finished: {count, plural, one {# user was} other {# users were}} changed.", {
      file,
      count: changed,
    });
  return t("The import of {file} is finished: {count} created, {changed} changed.", {
    file,
    count: formatNumber(count),
    changed: formatNumber(changed),
  });
}

const pages: [prefix: string, path: (id: string) => string][] = [
  ["invite.", (id) => `/admin/users/${id}/account`],
  ["run.", (id) => `/admin/domains/${id}/run`],
  ["domain.", (id) => `/admin/domains/${id}`],
  ["import.", (id) => `/admin/imports/${id}`],
  ["report.", (id) => `/admin/reports/${id}`],
  ["end_date.", () => "/admin/end-dates"],
  ["webhook.", (id) => `/admin/webhooks/${id}`],
  ["offboarding.", (id) => `/admin/offboardings/${id}`],
];

/** Where a bell leads: to the user or domain that it is about, in the account where it happened; empty for what is about oneself. */
export function bellLink(bell: { kind: NotificationKind; accountId: string | null; subjectId: string }): string {
  if (bell.kind === "factor.reset") return "/profile/security";
  if (bell.kind === "sign_in.new_device") return "/profile/security/sign-ins";
  const found = pages.find(([prefix]) => bell.kind.startsWith(prefix));
  return bell.accountId && found ? pathInto(bell.accountId, found[1](bell.subjectId)) : "";
}
/** What each kind is called where people choose. */
export const kindWords = (): [NotificationKind, string][] => {
  const words: Record<NotificationKind, string> = {
    "invite.accepted": t("Somebody accepts my invitation"),
    "invite.declined": t("Somebody declines my invitation"),
    "invite.expired": t("My invitation expires"),
    "invite.bounced": t("My invitation cannot be delivered"),
    "rights.changed": t("My rights change"),
    "own_end.near": t("My time as a guest, or a right of mine, ends soon"),
    "own_end.reached": t("My time as a guest, or a right of mine, has ended"),
    "end_date.near": t("A guest of mine, or a right that I gave, ends soon"),
    "end_date.reached": t("A guest of mine, or a right that I gave, has ended"),
    "domain.verified": t("A domain is verified"),
    "domain.at_risk": t("A domain is at risk"),
    "domain.suspended": t("A domain is suspended"),
    "domain.recovered": t("A domain is in order again"),
    "domain.lapsed": t("The claim of a domain lapses"),
    "run.finished": t("A domain that I activated has taken its people in"),
    "import.finished": t("An import that I started is finished"),
    "report.ready": t("A report that I ordered is ready"),
    "webhook.failing": t("A webhook is failing"),
    "webhook.disabled": t("A webhook is switched off"),
    "factor.reset": t("An administrator takes off my second factor"),
    "sign_in.new_device": t("Somebody signs in as me on a new device"),
    "offboarding.done": t("Somebody whom I offboarded has left"),
    "offboarding.failed": t("A planned offboarding is not carried out"),
  };
  return notificationKinds.map((kind) => [kind, words[kind]]);
};
