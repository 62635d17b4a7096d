import { isSystemRole, systemRoleKeys, systemRoles } from "../access/permissions.ts";
import type { MemberStatus } from "../db/schema.ts";
import { formatDate } from "../i18n/format.ts";
import { t } from "../i18n/t.ts";
import { type Filters, guestFilters, listPath, type Sort, sorts } from "./filters.ts";
import { type Frame, mostOptions } from "./frame.ts";

/** What a status is called. */
export const statusWords = (): Record<MemberStatus, string> => ({
  active: t("Active"),
  invited: t("Invited"),
  draft: t("Draft, not sent"),
  waiting: t("Waiting for password"),
  blocked: t("Blocked"),
  declined: t("Declined"),
  revoked: t("Revoked"),
  expired: t("Expired"),
  removed: t("Removed"),
});

const guestWords = (): Record<(typeof guestFilters)[number], string> => ({
  all: t("Guests"),
  soon: t("Guests until within 30 days"),
  ended: t("Guests whose time is over"),
});

export interface Choice {
  words: string;
  href: string;
  chosen: boolean;
}

const shown = (day: string) => formatDate(new Date(`${day}T12:00:00Z`));

function period({ from, to }: Filters): string {
  if (from && to) return t("Created from {from} to {to}", { from: shown(from), to: shown(to) });
  return from ? t("Created since {day}", { day: shown(from) }) : t("Created until {day}", { day: shown(to) });
}

/** The filters that are on, each as words and with the address of the list without it. */
export function activePills(
  filters: Filters,
  frame: Pick<Frame, "roleName" | "mailboxName">,
): { name: string; words: string; href: string }[] {
  const { status, role, mailbox, domain, idle, delivery, guests } = filters;
  const roleName = isSystemRole(role) ? t(systemRoles[role].title) : (frame.roleName ?? t("unknown"));
  const mailboxName = frame.mailboxName ?? t("unknown");
  return [
    status && { name: "status", words: t("Status: {status}", { status: statusWords()[status] }) },
    role && { name: "role", words: t("Role: {role}", { role: roleName }) },
    mailbox === "none" && { name: "mailbox", words: t("Without access to any mailbox") },
    mailbox && mailbox !== "none" && { name: "mailbox", words: t("Mailbox: {mailbox}", { mailbox: mailboxName }) },
    domain && { name: "domain", words: t("Domain: {domain}", { domain }) },
    (filters.from || filters.to) && { name: "created", words: period(filters) },
    guests && { name: "guests", words: guestWords()[guests] },
    delivery && { name: "delivery", words: t("The mail did not arrive") },
    idle && {
      name: "idle",
      words: t("Not signed in for {days, plural, one {# day} other {# days}}", { days: idle }),
    },
  ]
    .filter((pill) => typeof pill === "object")
    .map((pill) => ({
      ...pill,
      href: listPath(filters, pill.name === "created" ? { from: "", to: "" } : { [pill.name]: "" }),
    }));
}

/** What the menus of the filters offer. The custom roles and the mailboxes come with the menu that was opened. */
export function filterMenus(filters: Filters, frame: Frame, mayInvite: boolean) {
  const choose = (name: keyof Filters, value: string | number, words: string): Choice => ({
    words,
    href: listPath(filters, { [name]: value }),
    chosen: String(filters[name]) === String(value),
  });
  const statuses = Object.entries(statusWords()).filter(([status]) => mayInvite || status !== "draft");
  const sorted: [Sort, string][] = [
    ["name", t("Name")],
    ["address", t("Address")],
    ["created", t("Created")],
    ["signed_in", t("Last sign-in")],
  ];
  const options = frame.options.slice(0, mostOptions).map(({ id, name }) => choose(filters.menu || "role", id, name));
  return {
    status: [
      choose("status", "", t("Any but removed")),
      ...statuses.map(([status, words]) => choose("status", status, words)),
      ...(filters.delivery ? [] : [choose("delivery", "failed", t("The mail did not arrive"))]),
    ],
    role: [
      ...systemRoleKeys.map((key) => choose("role", key, t(systemRoles[key].title))),
      ...(filters.menu === "role" ? options : []),
    ],
    mailbox: [choose("mailbox", "none", t("No access to any")), ...(filters.menu === "mailbox" ? options : [])],
    sort: sorted.map(([sort, words]) => ({ words, href: sortHead(filters, sort).href, chosen: filters.sort === sort })),
    guests: guestFilters.map((which) => choose("guests", which, guestWords()[which])),
    idle: [30, 60, 90, 180, 365].map((days) =>
      choose("idle", days, t("{days, plural, one {# day} other {# days}}", { days })),
    ),
  };
}

/** The heads of the columns that sort: the address of the other order, and how the list is sorted now. */
export function sortHead(filters: Filters, sort: Sort) {
  const on = filters.sort === sort;
  const other = filters.dir === "asc" ? "desc" : "asc";
  return {
    href: listPath(filters, { sort, dir: on ? other : sorts[sort] }),
    order: on ? (filters.dir === "asc" ? "ascending" : "descending") : "none",
  };
}
