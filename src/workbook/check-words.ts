import { isPermission, permissionKeys, permissions, systemRoleKeys, systemRoles } from "../access/permissions.ts";
import { t } from "../i18n/t.ts";
import { fold } from "./catalogue.ts";
import type { Say } from "./problem-words.ts";

const nameOf = (key: string | undefined) => (key && isPermission(key) ? t(permissions[key].title) : (key ?? ""));
const askHolder = () => t("Take it out of the file, or ask somebody who holds it to upload the file.");
const asBefore = () => t("Write into this row what the person holds now, or delete the row: then nothing changes.");
const deleteRow = () => t("Delete one of the rows.");

/** What people write between several where a comma belongs. */
const separated = (item = "") => /[;|\n]/.test(item);
const useCommas = () => t("Separate several with commas.");

/** A shipped role that was called as the pages call it in the reader's language: a file has one name for it in all of them. */
function pickRole(item = ""): string {
  if (separated(item)) return useCommas();
  const key = systemRoleKeys.find((each) => fold(t(systemRoles[each].title)) === fold(item));
  return key
    ? t("In the workbook it is called “{name}”.", { name: systemRoles[key].title })
    : t("Use a name or an id of the sheet “Roles” of a fresh example.");
}

/** The code of a permission that was called by its name, as the sheet “Permissions” has it beside the code. */
const codeOf = (item = "") =>
  permissionKeys.find((key) =>
    [permissions[key].title, t(permissions[key].title)].some((name) => fold(name) === fold(item)),
  );
function pickCode(item?: string): string {
  if (separated(item)) return useCommas();
  const code = codeOf(item);
  return code ? t("Write its code: {code}", { code }) : t("Use a code of the sheet “Permissions” of a fresh example.");
}

/** What the check of a workbook finds wrong with what it says: addresses, names, roles, rights. */
export const checkWords: Record<string, Say> = {
  uploader_gone: () => ({
    what: t("Whoever uploaded this workbook may not import users any more."),
    remedy: t("Let somebody who may do so upload it."),
  }),
  too_many_users: (v) => ({
    what: t("The sheet “Users” holds more than {limit} rows.", v),
    remedy: t("Split the workbook into several."),
  }),
  address_missing: () => ({ what: t("The address is missing."), remedy: t("Write it, or delete the row.") }),
  address_malformed: () => ({
    what: t("This is not an e-mail address that mail can be sent to."),
    remedy: t("Write it in plain letters, digits, dots and hyphens: ana@example.com"),
  }),
  address_twice: (v) => ({ what: t("This address stands in row {row} already.", v), remedy: deleteRow() }),
  address_in_use: () => ({
    what: t("This address is in use already."),
    remedy: t("Take the person out of the file, and invite them instead."),
  }),
  mailbox_address_taken: () => ({
    what: t("There is a mailbox with this address already."),
    remedy: t("Leave the cell empty. Give access to the mailbox afterwards."),
  }),
  plan_full: (v) => ({
    what: t("The plan “{plan}” has no room for this mailbox. Mailboxes that can still be added: {left}.", v),
    remedy: t("Leave the cell empty, archive mailboxes, or change the plan."),
  }),
  first_name_missing: () => ({ what: t("The first name is missing."), remedy: t("Write it into the cell.") }),
  last_name_missing: () => ({ what: t("The last name is missing."), remedy: t("Write it into the cell.") }),
  name_unreadable: () => ({
    what: t("The name holds a character that cannot be shown."),
    remedy: t("Type the name anew."),
  }),
  domain_foreign: (v) => ({
    what: t("{domain} is no domain of this account.", v),
    remedy: t("Users are created with an address in an active domain of this account. Invite this person instead."),
  }),
  domain_not_verified: (v) => ({
    what: t("{domain} is not verified.", v),
    remedy: t("Verify the domain and activate it; then upload the file again."),
  }),
  domain_not_active: (v) => ({
    what: t("{domain} is not active yet.", v),
    remedy: t("Activate the domain; then upload the file again."),
  }),
  domain_suspended: (v) => ({
    what: t("{domain} is suspended: its DNS record cannot be found any more.", v),
    remedy: t("Put the record back. Users can be created as soon as a check has found it."),
  }),
  domain_deactivated: (v) => ({
    what: t("{domain} is deactivated: nobody new can be created in it.", v),
    remedy: t("Activate the domain again; then upload the file again."),
  }),
  not_on_users: () => ({
    what: t("This address is not on the sheet “Users”, and not a member of this account."),
    remedy: t("Add it to the sheet “Users” to create the person. Without that it is left out."),
  }),
  mailbox_unknown: () => ({
    what: t("This account has no mailbox with the id in A1."),
    remedy: t("Copy A1 from a fresh example, or delete the sheet."),
  }),
  mailbox_archived: () => ({
    what: t("This mailbox is archived."),
    remedy: t("Restore the mailbox first, or delete the sheet."),
  }),
  role_unknown: (v) => ({ what: t("There is no role “{item}”.", v), remedy: pickRole(v.item) }),
  role_wrong_level: (v) => ({
    what: t(
      "The role “{item}” cannot be given here: account roles stand on the sheet “Account”, mailbox roles on the sheets of mailboxes.",
      v,
    ),
    remedy: t("Move it to a sheet where it counts, or take it out."),
  }),
  permission_unknown: (v) => ({ what: t("There is no permission “{item}”.", v), remedy: pickCode(v.item) }),
  permission_wrong_level: (v) => ({
    what: t("The permission “{item}” counts on the account, not on a mailbox.", v),
    remedy: t("Move it to the sheet “Account”, or take it out."),
  }),
  right_not_held: ({ item = "", permission }) => ({
    what: t("“{item}” cannot be given by you: you do not hold “{permission}” there.", {
      item,
      permission: nameOf(permission),
    }),
    remedy: askHolder(),
  }),
  right_not_held_taken: ({ item = "", permission }) => ({
    what: t("“{item}” is not in this row any more, and you cannot take it: you do not hold “{permission}” there.", {
      item,
      permission: nameOf(permission),
    }),
    remedy: asBefore(),
  }),
  stronger: ({ permission }) => ({
    what: t("This person holds more than you: “{permission}”.", { permission: nameOf(permission) }),
    remedy: asBefore(),
  }),
  last_owner: () => ({
    what: t("Nobody would be Owner of the account any more."),
    remedy: t("Leave Owner in this row, or make somebody else an Owner who is active already."),
  }),
  may_not_edit: () => ({
    what: t("You may not change the rights of this person here."),
    remedy: t("Delete the row, or ask somebody who may edit users to upload the file."),
  }),
  may_not_create: () => ({
    what: t("You may not create users."),
    remedy: t("Keep rows of members only, or ask somebody who may create users to upload the file."),
  }),
  without_rights: () => ({
    what: t("This person is created without any right: the address is on no sheet with roles."),
    remedy: t("Nothing needs to be done, unless they should be able to do something."),
  }),
  mailbox_of_member: () => ({
    what: t("This person is a member already, so no personal mailbox is created."),
    remedy: t("Nothing needs to be done. Personal mailboxes come with new users only."),
  }),
  name_not_managed: ({ name = "" }) => ({
    what: name
      ? t("The name stays “{name}”: this account does not manage the person's profile.", { name })
      : t("The name stays as it is: this account does not manage the person's profile."),
    remedy: t("Nothing needs to be done. People change their own name in their profile."),
  }),
};
