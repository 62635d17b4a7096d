import { isPermission, permissions, systemRoles } from "../access/permissions.ts";
import { formatDateTime } from "../i18n/format.ts";
import { t } from "../i18n/t.ts";
import type { Answer } from "./answer.ts";
import type { Moment } from "./counts.ts";
import type { Path } from "./paths.ts";
import type { Standing } from "./standing.ts";

/** What a path is called: the role, or the permission given singly. */
export function pathName({ systemRole, roleName, permission }: Path): string {
  if (systemRole) return t(systemRoles[systemRole].title);
  if (permission && isPermission(permission)) return t(permissions[permission].title);
  return roleName ?? "";
}

/** What kind of way it is. */
export const pathKind = ({ systemRole, permission }: Path): string =>
  permission ? t("Single permission") : systemRole ? t("System role") : t("Custom role");

/** Where it counts. */
export const pathPlace = ({ mailboxName }: Path): string =>
  mailboxName === null ? t("on the account") : t("on {mailbox}", { mailbox: mailboxName });

/** How it came to be, by whom and when. */
export function pathOrigin({ source, grantedBy, grantedAt, sourceName }: Path): string {
  const values = { name: grantedBy, date: formatDateTime(grantedAt), source: sourceName ?? "" };
  if (source === "registration") return t("Since the registration, {date}", values);
  if (source === "activation") return t("Came with the activation of a domain, {date}", values);
  if (source === "import" && grantedBy) return t("Imported by {name}, {date}", values);
  if (source === "api" && sourceName)
    return grantedBy
      ? t("Given by the program {source} for {name}, {date}", values)
      : t("Given by the program {source}, {date}", values);
  if (!grantedBy) return t("Since {date}", values);
  if (source === "invitation") return t("With the invitation of {name}, {date}", values);
  return t("Given by {name}, {date}", values);
}

/** Since when the right is in the role; empty where it was given singly. */
export function contentWords({ content, systemRole }: Path): string {
  if (systemRole) return t("It is part of this role in every account.");
  if (!content) return "";
  const values = { name: content.startedBy, date: formatDateTime(content.startedAt) };
  return content.startedBy ? t("In the role since {date}, by {name}", values) : t("In the role since {date}", values);
}

const reasons = (): Record<string, string> => ({
  removed: t("taken away"),
  left: t("the user left"),
  declined: t("the invitation was declined"),
  expired: t("the invitation expired"),
  revoked: t("the invitation was revoked"),
  "end date": t("its end date came"),
  "role deleted": t("the role was deleted"),
  "mailbox deleted": t("the mailbox was deleted"),
  "taken in": t("the domain took the user in"),
  "activation undone": t("the activation was undone"),
  import: t("an import took it away"),
});

/** Why a path does not count at that moment, each reason on its own; empty for one that counts. */
export function pathStops(path: Path, at: Moment): string[] {
  const now = at ?? new Date();
  const { grantedAt, endedAt, endsAt } = path;
  const stops: string[] = [];
  if (!path.given && at && grantedAt > now)
    stops.push(t("It was given later, on {date}.", { date: formatDateTime(grantedAt) }));
  else if (!path.given && endedAt && endedAt <= now) stops.push(endWords(path, endedAt));
  else if (!path.given && endsAt) stops.push(t("It was given until {date}.", { date: formatDateTime(endsAt) }));
  if (!path.holds) stops.push(roleWords(path, now));
  if (!path.open) stops.push(archiveWords(path));
  return stops;
}

function archiveWords({ archivedAt, archivedBy }: Path): string {
  const values = { date: archivedAt ? formatDateTime(archivedAt) : "–", name: archivedBy };
  return archivedBy
    ? t("The mailbox was archived on {date}, by {name}.", values)
    : t("The mailbox was archived on {date}.", values);
}

function roleWords({ content, roleEndedAt, roleEndedBy }: Path, now: Date): string {
  if (roleEndedAt && roleEndedAt <= now) {
    const values = { name: roleEndedBy, date: formatDateTime(roleEndedAt) };
    return roleEndedBy
      ? t("The role was deleted on {date}, by {name}.", values)
      : t("The role was deleted on {date}.", values);
  }
  if (content && content.startedAt > now) {
    const values = { name: content.startedBy, date: formatDateTime(content.startedAt) };
    return content.startedBy
      ? t("It came into the role later, on {date}, by {name}.", values)
      : t("It came into the role later, on {date}.", values);
  }
  if (!content?.endedAt) return t("The role does not hold it.");
  const values = { name: content.endedBy, date: formatDateTime(content.endedAt) };
  return content.endedBy
    ? t("It was taken out of the role on {date}, by {name}.", values)
    : t("It was taken out of the role on {date}.", values);
}

function endWords({ endedBy, endReason }: Path, endedAt: Date): string {
  const reason = (endReason && reasons()[endReason]) || t("taken away");
  const values = { name: endedBy, date: formatDateTime(endedAt), reason };
  return endedBy ? t("It ended on {date}, by {name}: {reason}.", values) : t("It ended on {date}: {reason}.", values);
}

/** Why nothing counts that a member holds; empty for one who could use it. */
export const standingWords = (standing: Standing): string[] =>
  [statusWords(standing), guestWords(standing), profileWords(standing), accountWords(standing)].filter(Boolean);

function statusWords({ status, since, by }: Standing): string {
  const values = { date: since ? formatDateTime(since) : "–", name: by };
  const words = {
    draft: t("The invitation is a draft and was not sent."),
    invited: by
      ? t("Invited since {date}, by {name}, and the invitation is not accepted.", values)
      : t("Invited since {date}, and the invitation is not accepted.", values),
    waiting: t("Has no password yet, since {date}.", values),
    blocked: by ? t("Blocked since {date}, by {name}.", values) : t("Blocked since {date}.", values),
    declined: t("The invitation was declined on {date}.", values),
    revoked: by
      ? t("The invitation was revoked on {date}, by {name}.", values)
      : t("The invitation was revoked on {date}.", values),
    expired: t("The invitation expired on {date}.", values),
    removed: by
      ? t("Not in the account since {date}; {name} ended that.", values)
      : t("Not in the account since {date}.", values),
    active: "",
  };
  return status ? words[status] : t("Was not in the account yet.");
}

function guestWords({ guest, guestUntil, guestBy }: Standing): string {
  if (guest) return "";
  if (!guestUntil) return t("The time as a guest was over.");
  const values = { date: formatDateTime(guestUntil), name: guestBy };
  return guestBy
    ? t("Was a guest until {date}, a limit that {name} set.", values)
    : t("Was a guest until {date}.", values);
}

function profileWords({ user, userSince, userBy }: Standing): string {
  if (user || !userSince) return "";
  const values = { date: formatDateTime(userSince), name: userBy };
  return userBy
    ? t("The profile was switched off on {date}, by {name}.", values)
    : t("The profile was switched off on {date}.", values);
}

function accountWords({ account, deletedSince, suspendedSince, accountBy }: Standing): string {
  const since = deletedSince ?? suspendedSince;
  if (account || !since) return "";
  const values = { date: formatDateTime(since), name: accountBy };
  if (deletedSince)
    return accountBy
      ? t("The account was deleted on {date}, by {name}.", values)
      : t("The account was deleted on {date}.", values);
  return accountBy
    ? t("The account was suspended on {date}, by {name}.", values)
    : t("The account was suspended on {date}.", values);
}

/** Why the answer is no, where no path explains it. */
export const neverWords = ({ yes, counting, others }: Answer): string =>
  yes || counting.length + others.length > 0 ? "" : t("No role and no single permission ever gave it.");
