import { sql } from "drizzle-orm";
import { can } from "../access/actor.ts";
import { t } from "../i18n/t.ts";
import type { MailKind, MailStatus } from "../mail/outbox.ts";
import { boundsOf, containing, oneOf, readSpan, searched } from "./filters.ts";
import { type Log, rfc3339 } from "./log.ts";
import { byTime, walk } from "./walk.ts";

interface Letter {
  at: Date;
  id: string;
  kind: MailKind;
  status: MailStatus;
  sentTo: string | null;
  reply: string | null;
  attempts: number;
  finishedAt: Date | null;
}

/** What each mail is for. A new kind does not compile without its words here. */
export const kindWords = (): Record<MailKind, string> => ({
  invitation: t("Invitation"),
  invitation_reminder: t("Reminder of an invitation"),
  invite_accepted: t("Invitation accepted"),
  invite_declined: t("Invitation declined"),
  invite_expired: t("Invitation expired"),
  invite_bounced: t("Invitation did not arrive"),
  registration: t("Registration"),
  password_reset: t("New password"),
  factor_wanted: t("Second factor asked for"),
  factor_changed: t("Second factor changed"),
  password_changed: t("Password changed"),
  new_device: t("Sign-in on a new device"),
  sessions_ended: t("Sessions ended by an administrator"),
  device_trust_ended: t("Trust in devices ended by an administrator"),
  address_proof: t("Proof of an address"),
  address_change_notice: t("Change of address asked for"),
  address_changed: t("Address changed"),
  rights_changed: t("Rights changed"),
  own_end_near: t("Own end date near"),
  own_end_reached: t("Own end date reached"),
  end_date_near: t("End date near"),
  end_date_reached: t("End date reached"),
  first_sign_in: t("Create a password"),
  taken_in: t("Taken in by a domain"),
  domain_verified: t("Domain verified"),
  domain_at_risk: t("Domain at risk"),
  domain_suspended: t("Domain suspended"),
  domain_recovered: t("Domain recovered"),
  domain_lapsed: t("Claim of a domain lapsed"),
  no_longer_managed: t("Profile no longer managed"),
  release_proof: t("Release: proof of an address"),
  release_notice: t("Release: notice"),
  let_go: t("Let go by a domain"),
  run_finished: t("Activation finished"),
  report_ready: t("Report ready"),
  import_finished: t("Import finished"),
  webhook_failing: t("Webhook fails"),
  webhook_disabled: t("Webhook switched off"),
  account_suspended: t("Account suspended"),
  mail_test: t("Test mail"),
  alarm: t("Alarm"),
  account_unsuspended: t("Account restored after a suspension"),
  account_deleted: t("Account deleted"),
  mailboxes_handed_over: t("Handed over by a leaver"),
  offboarding_done: t("User offboarded"),
  offboarding_failed: t("Planned offboarding not carried out"),
});

/** How each state of a mail looks: class, icon, word. */
export const statusWords = (): Record<MailStatus, [string, string, string]> => ({
  queued: ["wait", "clock", t("Waiting")],
  sending: ["wait", "send", t("On its way")],
  sent: ["good", "mail-check", t("Handed over")],
  bounced: ["bad", "mail-x", t("Bounced")],
  failed: ["bad", "triangle-alert", t("Given up")],
  unknown: ["wait", "circle-alert", t("Not certain")],
});

const of = <T extends string>(words: Record<T, unknown>) => Object.keys(words) as T[];

/**
 * The mails that this account's doings sent, never what stood in them. To whom, and what the receiving server said (which
 * names the address), is for those who see users as well.
 */
export const mailLog: Log<Letter> = {
  path: "mails",
  file: "mails",
  icon: "mail",
  title: () => t("Mails"),
  about: () => t("Mails that went out on behalf of this account, and what mail servers answered. No contents."),
  empty: () => t("As soon as somebody is invited or told something, the mail is written here."),
  partial: "/logs/_letter",
  read: (query, actor) => ({
    ...readSpan(query),
    to_whom: can(actor, "users.view") ? searched(query.to_whom) : "",
    kind: oneOf(query.kind, of(kindWords())),
    status: oneOf(query.status, of(statusWords())),
  }),
  find(actor, asked, place, size) {
    const { since, until } = boundsOf(actor, asked);
    const within = [sql`l.account_id = ${actor.accountId}`];
    if (since) within.push(sql`l.created_at >= ${since}`);
    if (until) within.push(sql`l.created_at < ${until}`);
    const conditions = [];
    if (asked.to_whom) conditions.push(sql`l.sent_to ilike ${containing(asked.to_whom)}`);
    if (asked.kind) conditions.push(sql`l.kind = ${asked.kind}`);
    if (asked.status) conditions.push(sql`l.status = ${asked.status}`);
    const whom = can(actor, "users.view") ? sql`l.sent_to` : sql`null`;
    const reply = can(actor, "users.view") ? sql`l.reply` : sql`null`;
    const columns = sql`l.created_at as at, l.id, l.kind, l.status, l.attempts, ${whom} as "sentTo", ${reply} as reply,
      l.finished_at as "finishedAt"`;
    return walk<Letter>({ table: sql`mails`, key: byTime, within, asked: conditions, columns }, place, size);
  },
  fields(actor) {
    return [
      ...(can(actor, "users.view") ? [{ name: "to_whom", label: t("To"), type: "search" as const }] : []),
      { name: "kind", label: t("Kind"), type: "select", all: t("Every kind"), options: Object.entries(kindWords()) },
      {
        name: "status",
        label: t("Status"),
        type: "select",
        all: t("Every status"),
        options: Object.entries(statusWords()).map(([status, [, , words]]) => [status, words]),
      },
    ];
  },
  show: (_actor, rows) =>
    rows.map((row) => ({
      ...row,
      at: new Date(row.at),
      finishedAt: row.finishedAt && new Date(row.finishedAt),
      title: kindWords()[row.kind],
      state: statusWords()[row.status],
    })),
  head: () => [
    t("Time"),
    t("Kind"),
    t("To"),
    t("Status"),
    t("Answer of the mail server"),
    t("Tries"),
    t("Ended"),
    t("Message"),
  ],
  line: (row) => [
    rfc3339(row.at),
    kindWords()[row.kind],
    row.sentTo ?? "",
    statusWords()[row.status][2],
    row.reply ?? "",
    String(row.attempts),
    rfc3339(row.finishedAt),
    row.id,
  ],
};
