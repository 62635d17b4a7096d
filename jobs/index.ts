import type { Task } from "graphile-worker";
import type { JobName } from "../src/queue.ts";
import { assignDomainUsers } from "./assign-domain-users.ts";
import { buildImportFilesJob } from "./build-import-files.ts";
import { buildReportJob } from "./build-report.ts";
import { carryOutOffboardingJob, carryOutOffboardings } from "./carry-out-offboardings.ts";
import { checkDomainJob } from "./check-domain.ts";
import { checkDomains } from "./check-domains.ts";
import { checkImportJob } from "./check-import.ts";
import { checkMailServer } from "./check-mail-server.ts";
import { countFiguresJob } from "./count-figures.ts";
import { expireInvitesJob } from "./expire-invites.ts";
import { judgeAlarmsJob } from "./judge-alarms.ts";
import { keepEndDates } from "./keep-end-dates.ts";
import { measureMailboxJob } from "./measure-mailbox.ts";
import { adoptMailboxesJob, measureMailboxes } from "./measure-mailboxes.ts";
import { noteFiguresJob } from "./note-figures.ts";
import { releaseDomainPeople } from "./release-domain-people.ts";
import { releaseMailsJob } from "./release-mails.ts";
import { remindInvitesJob } from "./remind-invites.ts";
import { runImportJob } from "./run-import.ts";
import { sendMail } from "./send-mail.ts";
import { sweepLeftovers } from "./sweep-leftovers.ts";
import { tellPaymentJob } from "./tell-payment.ts";
import { verifyLogJob, verifySliceJob } from "./verify-log.ts";

/** Every job there is: a name without a task does not compile. */
export const tasks: Record<JobName, Task> = {
  send_mail: sendMail,
  expire_invites: expireInvitesJob,
  keep_end_dates: keepEndDates,
  remind_invites: remindInvitesJob,
  sweep_leftovers: sweepLeftovers,
  check_domain: checkDomainJob,
  check_domains: checkDomains,
  release_domain_people: releaseDomainPeople,
  assign_domain_users: assignDomainUsers,
  release_mails: releaseMailsJob,
  check_import: checkImportJob,
  build_import_files: buildImportFilesJob,
  build_report: buildReportJob,
  count_figures: countFiguresJob,
  note_figures: noteFiguresJob,
  check_mail_server: checkMailServer,
  judge_alarms: judgeAlarmsJob,
  verify_log: verifyLogJob,
  verify_slice: verifySliceJob,
  run_import: runImportJob,
  measure_mailbox: measureMailboxJob,
  measure_mailboxes: measureMailboxes,
  adopt_mailboxes: adoptMailboxesJob,
  tell_payment: tellPaymentJob,
  carry_out_offboarding: carryOutOffboardingJob,
  carry_out_offboardings: carryOutOffboardings,
};
