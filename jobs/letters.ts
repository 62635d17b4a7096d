import { addressChangedLetter, addressNoticeLetter, addressProofLetter } from "../src/addresses/mail.ts";
import { alarmLetter } from "../src/alarms/mail.ts";
import { letGoLetter, takenInLetter } from "../src/belonging/mail.ts";
import { accountDeletedLetter } from "../src/deletions/mail.ts";
import { atRiskMail, lapsedMail, recoveredMail, suspendedMail, verifiedMail } from "../src/domain-ageing/mail.ts";
import { noLongerManagedMail } from "../src/domain-removals/mail.ts";
import { endDateNearMail, endDateReachedMail, ownEndNearMail, ownEndReachedMail } from "../src/endings/mail.ts";
import { factorWantedLetter } from "../src/factor-policy/mail.ts";
import { factorChangedLetter } from "../src/factors/mail.ts";
import { composeRightsChanged } from "../src/grants/mail.ts";
import { importFinishedLetter } from "../src/import-runs/mail.ts";
import { acceptedMail, bouncedMail, declinedMail, expiredMail } from "../src/invite-mails/answers.ts";
import { invitationMail, reminderMail } from "../src/invite-mails/invitation.ts";
import { reportDelivery as reportInvitation } from "../src/invite-mails/report-delivery.ts";
import type { Compose, Report } from "../src/mail/deliver.ts";
import type { MailKind } from "../src/mail/outbox.ts";
import { mailTestLetter } from "../src/mail-tests/mail.ts";
import { handedOverMail, offboardingDoneMail, offboardingFailedMail } from "../src/offboarding-runs/mail.ts";
import { firstSignInLetter, passwordChangedLetter, resetLetter } from "../src/passwords/mail.ts";
import { registrationLetter } from "../src/registration/mail.ts";
import { releaseNoticeLetter, releaseProofLetter } from "../src/releases/mail.ts";
import { reportReadyLetter } from "../src/report-building/mail.ts";
import { runFinishedLetter } from "../src/runs/mail.ts";
import { deviceTrustEndedLetter, newDeviceLetter, sessionsEndedLetter } from "../src/sign-ins/mail.ts";
import { accountSuspendedMail, accountUnsuspendedMail } from "../src/suspensions/mail.ts";
import { disabledMail, failingMail } from "../src/webhook-states/mail.ts";

/** Which room writes which mail: a kind without a letter does not compile. */
export const composers: Record<MailKind, Compose> = {
  rights_changed: composeRightsChanged,
  own_end_near: ownEndNearMail,
  own_end_reached: ownEndReachedMail,
  end_date_near: endDateNearMail,
  end_date_reached: endDateReachedMail,
  invitation: invitationMail,
  invitation_reminder: reminderMail,
  invite_accepted: acceptedMail,
  invite_declined: declinedMail,
  invite_expired: expiredMail,
  invite_bounced: bouncedMail,
  registration: registrationLetter,
  password_reset: resetLetter,
  password_changed: passwordChangedLetter,
  new_device: newDeviceLetter,
  sessions_ended: sessionsEndedLetter,
  device_trust_ended: deviceTrustEndedLetter,
  factor_changed: factorChangedLetter,
  factor_wanted: factorWantedLetter,
  address_proof: addressProofLetter,
  address_change_notice: addressNoticeLetter,
  address_changed: addressChangedLetter,
  first_sign_in: firstSignInLetter,
  taken_in: takenInLetter,
  domain_verified: verifiedMail,
  domain_at_risk: atRiskMail,
  domain_suspended: suspendedMail,
  domain_recovered: recoveredMail,
  domain_lapsed: lapsedMail,
  no_longer_managed: noLongerManagedMail,
  release_proof: releaseProofLetter,
  release_notice: releaseNoticeLetter,
  let_go: letGoLetter,
  run_finished: runFinishedLetter,
  report_ready: reportReadyLetter,
  import_finished: importFinishedLetter,
  webhook_failing: failingMail,
  webhook_disabled: disabledMail,
  mail_test: mailTestLetter,
  alarm: alarmLetter,
  account_deleted: accountDeletedLetter,
  account_suspended: accountSuspendedMail,
  account_unsuspended: accountUnsuspendedMail,
  mailboxes_handed_over: handedOverMail,
  offboarding_done: offboardingDoneMail,
  offboarding_failed: offboardingFailedMail,
};

/** The rows that show how a mail fares follow its state. */
export const reportDelivery: Report = reportInvitation;
