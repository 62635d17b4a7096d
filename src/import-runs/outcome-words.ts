import { t } from "../i18n/t.ts";
import type { Words } from "../workbook/problem-words.ts";

const unlessMeant = () =>
  t("If the workbook is right, upload it again: the check then starts from how things are now.");

/** Why an address was left out, or not given everything, while an import ran: things had changed since its check. */
export const outcomes: Record<string, () => Words> = {
  in_use_meanwhile: () => ({
    what: t("The address came into use after the check. Nothing was changed about it."),
    remedy: t("Look for it among the users, or invite it."),
  }),
  domain_closed: () => ({
    what: t("The domain was not active any more."),
    remedy: t("Activate the domain, then upload the workbook again."),
  }),
  changed_meanwhile: () => ({
    what: t("Somebody changed this user after the check. Theirs stays."),
    remedy: unlessMeant(),
  }),
  member_gone: () => ({ what: t("This user was not in the account any more."), remedy: unlessMeant() }),
  member_stronger: () => ({
    what: t("This user holds more than whoever started the import, who may not change them."),
    remedy: t("Let somebody who holds as much upload the workbook."),
  }),
  right_gone: () => ({
    what: t("A role or mailbox of this row was not there any more."),
    remedy: t("Give the rights on the page of the user."),
  }),
  mailbox_taken: () => ({
    what: t("There is a mailbox with this address already, so no personal one was made."),
    remedy: t("Give access to that mailbox, where it is meant."),
  }),
  plan_full: () => ({
    what: t("The plan had no room for the personal mailbox, so none was made."),
    remedy: t("Archive mailboxes or change the plan; then add the mailbox by hand."),
  }),
};
