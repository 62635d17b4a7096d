import { instanceNow } from "../access/instance-settings.ts";
import { isPermission, permissions, systemRoles } from "../access/permissions.ts";
import { formatDateTime } from "../i18n/format.ts";
import { t } from "../i18n/t.ts";
import { labelOf } from "./labels.ts";

/** One field of a change as people read it: what it was and what it is, or for a list what came and what went. */
export interface Difference {
  label: string;
  before: string;
  after: string;
  added: string[];
  removed: string[];
  list: boolean;
}

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

/**
 * What an event's `before` and `after` say, field by field: those that differ, and with one side only all of it. Phones are
 * hidden where the installation has none (D15).
 */
export function differencesOf({ name: event = "", before, after }: Changed): Difference[] {
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  return names
    .filter((name) => name !== "phone" || instanceNow().phoneEnabled)
    .map((name) => differenceOf(labelOf(event, name), name, before?.[name], after?.[name]))
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
