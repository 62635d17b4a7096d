import { isPermission, permissions, systemRoles } from "../access/permissions.ts";
import { formatDateTime } from "../i18n/format.ts";
import { t } from "../i18n/t.ts";

/** One field of a change as people read it: what it was and what it is, or for a list what came and what went. */
export interface Difference {
  label: string;
  before: string;
  after: string;
  added: string[];
  removed: string[];
  list: boolean;
}

/** The fields that events know by name. Others are shown by their own. */
const labels: Record<string, string> = {
  name: "Name",
  about: "About",
  level: "Level",
  permissions: "Permissions",
  rights: "Rights",
  grants: "Rights",
  roles: "Roles",
  role: "Role",
  copyOf: "Copy of",
  email: "E-mail address",
  address: "Address",
  status: "Status",
  firstName: "First name",
  lastName: "Last name",
  locale: "Language",
  timeZone: "Time zone",
  kind: "Kind",
  message: "Message",
  mailbox: "Mailbox",
  host: "Mail server",
  port: "Port",
  security: "Encryption",
  username: "User name",
  password: "Password",
  archived: "Archived",
  expiresAt: "Valid until",
  invitedAt: "Sent at",
  delivery: "Delivery",
  reply: "Answer of the mail server",
  account: "Account",
  domain: "Domain",
  taken: "Taken in",
  here: "Corporate users here already",
  elsewhere: "Corporate users of other accounts",
  unproven: "Addresses not proven",
  disabled: "Disabled profiles",
  members: "In this account already",
  invitations: "With an invitation to this account",
  owners: "Only Owners of other accounts",
  clashes: "Mailbox addresses taken",
  plan: "Plan",
  addresses: "Addresses",
  keepCopy: "A copy stays here",
  logo: "Logo",
  sessionIdleMinutes: "End after minutes without use",
  sessionHours: "End after hours at the latest",
  startsAt: "From",
  endsAt: "Until",
  guestUntil: "Guest until",
  outside: "Outside of the account",
  price: "Price",
  position: "Place in the list",
  default: "Default",
  full: "Without a personal mailbox: the plan is full",
  made: "New in this account",
  mailboxes: "Mailboxes",
  done: "Done",
  places: "Left the account",
  staying: "Stay with what they hold",
  sessions: "Ended sessions",
  device: "Device",
  ip: "IP address",
  notifications: "Notifications",
  people: "People",
  reason: "Reason",
  from: "From",
  deleted: "Deleted",
  heir: "Taken over by",
  label: "Device or program",
  holder: "Whose password",
  quotaMegabytes: "Space in MB",
  folder: "Folder",
  uid: "Number in the folder",
  messageId: "Message-ID",
  file: "File",
  bytes: "Bytes",
  url: "Address (URL)",
  events: "Events",
  digest: "Checksum",
  hash: "Checksum",
  permission: "Permission",
  at: "Date",
  q: "Searched for",
  due: "Planned for",
  factor: "Second factor",
  recipients: "Recipients",
  passwords: "Passwords",
  clients: "API clients",
  invitationsRevoked: "Invitations revoked",
  owner: "Owner",
  offboarding: "Offboarding",
};

/** What a field is called in one event where that is another thing than in all others. */
const ownLabels: Record<string, Record<string, string>> = {
  "log.end_accepted": { position: "Place in the sealed log" },
};

/** What changed, in one line: for a cell of a file. */
export const differencesInWords = (differences: Difference[]): string =>
  differences
    .map(({ label, before, after, added, removed }) =>
      [
        `${label}:`,
        [before, after].filter(Boolean).join(" → "),
        ...added.map((word) => `+${word}`),
        ...removed.map((word) => `−${word}`),
      ]
        .filter(Boolean)
        .join(" "),
    )
    .join("; ");

type Fields = Record<string, unknown> | null;
type Changed = { name?: string; before: Fields; after: Fields };

/** What an event's `before` and `after` say, field by field: those that differ, and with one side only all of it. */
export function differencesOf({ name: event = "", before, after }: Changed): Difference[] {
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  return names
    .map((name) => differenceOf(ownLabels[event]?.[name] ?? labels[name] ?? name, name, before?.[name], after?.[name]))
    .filter((found) => (found.list ? found.added.length + found.removed.length > 0 : found.before !== found.after));
}

function differenceOf(title: string, name: string, before: unknown, after: unknown): Difference {
  const label = t(title);
  const list = Array.isArray(before) || Array.isArray(after);
  if (!list) return { label, list, before: words(before, name), after: words(after, name), added: [], removed: [] };

  const all = (side: unknown) => [side ?? []].flat().map((each) => words(each, name));
  const [was, is] = [all(before), all(after)];
  const added = is.filter((word) => !was.includes(word));
  const removed = was.filter((word) => !is.includes(word));
  return { label, list, before: "", after: "", added, removed };
}

/** Titles that events hold in English: of permissions and system roles. What people named stays as they named it. */
const titles = new Set<string>(
  [...Object.values(permissions), ...Object.values(systemRoles)].map(({ title }) => title),
);

/** Fields that hold what somebody typed: it is never taken for a word of ours. */
const typed = new Set([
  "name",
  "q",
  "label",
  "heir",
  "holder",
  "about",
  "message",
  "firstName",
  "lastName",
  "plan",
  "price",
]);

const statuses: Record<string, string> = {
  draft: "Draft, not sent",
  invited: "Invited",
  active: "Active",
  blocked: "Blocked",
  waiting: "Waiting for password",
  declined: "Declined",
  revoked: "Revoked",
  expired: "Expired",
  removed: "Removed",
  unverified: "Unverified",
  verified: "Verified",
  suspended: "Suspended",
};

/** A value in words: yes and no, permissions, system roles ("Mailbox reader (Press)") and statuses as screens name them. */
function words(value: unknown, name: string): string {
  if (value === null || value === undefined || value === "") return "";
  if (typeof value === "boolean") return value ? t("Yes") : t("No");
  if (typeof value === "object") return JSON.stringify(value);
  const text = String(value);
  if (typed.has(name)) return text;
  if (/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(text)) return formatDateTime(new Date(text));
  if (isPermission(text)) return t(permissions[text].title);
  if (Object.hasOwn(statuses, text)) return t(statuses[text]!);
  const [, title = text, place = ""] = text.match(/^(.*?)( \(.*\))?$/s) ?? [];
  return titles.has(title) ? `${t(title)}${place}` : text;
}
