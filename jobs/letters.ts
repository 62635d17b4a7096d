import { composeRightsChanged } from "../src/grants/mail.ts";
import { invitationMail, reminderMail } from "../src/invite-mails/invitation.ts";
import type { Compose, Report } from "../src/mail/deliver.ts";
import type { MailKind } from "../src/mail/outbox.ts";

/** Which room writes which mail. */
export const composers: Partial<Record<MailKind, Compose>> = {
  rights_changed: composeRightsChanged,
  invitation: invitationMail,
  invitation_reminder: reminderMail,
};

/** The rows that show how a mail fares follow its state. */
export const reportDelivery: Report = async () => {};
