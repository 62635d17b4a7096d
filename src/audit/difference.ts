import { isPermission, permissions } from "../access/permissions.ts";
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
  archived: "Archived",
  expiresAt: "Valid until",
};

type Fields = Record<string, unknown> | null;

/** What an event's `before` and `after` say, field by field: those that differ, and with one side only all of it. */
export function differencesOf({ before, after }: { before: Fields; after: Fields }): Difference[] {
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  return names
    .map((name) => differenceOf(name, before?.[name], after?.[name]))
    .filter((found) => (found.list ? found.added.length + found.removed.length > 0 : found.before !== found.after));
}

function differenceOf(name: string, before: unknown, after: unknown): Difference {
  const label = t(labels[name] ?? name);
  const list = Array.isArray(before) || Array.isArray(after);
  if (!list) return { label, list, before: words(before), after: words(after), added: [], removed: [] };

  const [was, is] = [[before ?? []].flat().map(words), [after ?? []].flat().map(words)];
  const added = is.filter((word) => !was.includes(word));
  const removed = was.filter((word) => !is.includes(word));
  return { label, list, before: "", after: "", added, removed };
}

/** A value in words: permissions by their title, yes and no, times as they are, and objects as JSON. */
function words(value: unknown): string {
  if (value === null || value === undefined || value === "") return "";
  if (typeof value === "boolean") return value ? t("Yes") : t("No");
  if (typeof value === "object") return JSON.stringify(value);
  const text = String(value);
  return isPermission(text) ? t(permissions[text].title) : text;
}
