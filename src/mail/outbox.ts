import type { Tx } from "../db/client.ts";
import { later } from "../db/later.ts";
import { mails } from "../db/schema.ts";
import { enqueue } from "../queue.ts";

export type MailKind =
  | "invitation"
  | "invitation_reminder"
  | "invite_accepted"
  | "invite_declined"
  | "invite_expired"
  | "invite_bounced"
  | "registration"
  | "password_reset"
  | "password_changed"
  | "new_device"
  | "sessions_ended"
  | "device_trust_ended"
  | "factor_changed"
  | "factor_wanted"
  | "address_proof"
  | "address_change_notice"
  | "address_changed"
  | "rights_changed"
  | "own_end_near"
  | "own_end_reached"
  | "end_date_near"
  | "end_date_reached"
  | "first_sign_in"
  | "taken_in"
  | "domain_verified"
  | "domain_at_risk"
  | "domain_suspended"
  | "domain_recovered"
  | "domain_lapsed"
  | "no_longer_managed"
  | "release_proof"
  | "release_notice"
  | "let_go"
  | "run_finished"
  | "report_ready"
  | "import_finished"
  | "webhook_failing"
  | "webhook_disabled"
  | "account_suspended"
  | "account_unsuspended"
  | "account_deleted"
  | "mailboxes_handed_over"
  | "offboarding_done"
  | "offboarding_failed"
  | "mail_test"
  | "alarm";

/** queued → sending → sent, or bounced (the server refused for good), failed (we gave up), unknown (cut off after DATA). */
export type MailStatus = "queued" | "sending" | "sent" | "bounced" | "failed" | "unknown";

export interface MailOrder {
  kind: MailKind;
  /** The row the mail is about: a token, member, user or notification, as the kind's composer expects. */
  subjectId: string;
  accountId?: string | null;
  /** Words frozen at the time of the order (a role's name, an old address). Never a secret. */
  data?: Record<string, string>;
}

/** Mails that unlock a door overtake the rest of the queue. */
const urgent = new Set<MailKind>(["password_reset", "registration", "address_proof", "first_sign_in", "release_proof"]);

/** Orders a mail in the transaction that gives the reason for it: both commit, or neither. */
export async function queueMail(tx: Tx, order: MailOrder): Promise<string> {
  const { kind, subjectId, accountId, data = {} } = order;
  const id = crypto.randomUUID();
  later(tx, (tx) => tx.insert(mails).values({ id, kind, subjectId, accountId, data }));
  await enqueue(tx, "send_mail", { mailId: id }, { priority: urgent.has(kind) ? -10 : 0, maxAttempts: 9 });
  return id;
}
