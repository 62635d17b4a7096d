import { isPermission, isSystemRole, permissions, systemRoles } from "../access/permissions.ts";
import type { PersonAction } from "../db/schema.ts";
import { t } from "../i18n/t.ts";
import type { Import } from "../imports/queries.ts";
import { type Person, type Right, rightsOfPeople, roleNames } from "./queries.ts";

export const actions = ["create", "update", "same", "skip"] as const satisfies PersonAction[];

/** What becomes of somebody, in a word or two, and how it looks. */
export const actionWords = (): Record<PersonAction, { words: string; tone: string; icon: string }> => ({
  create: { words: t("Create"), tone: "good", icon: "plus" },
  update: { words: t("Change"), tone: "wait", icon: "pencil" },
  same: { words: t("No change"), tone: "off", icon: "check" },
  skip: { words: t("Left out"), tone: "off", icon: "x" },
});

/** One place where somebody's rights change: what comes, what goes, what stays. */
export interface Change {
  place: string;
  added: string[];
  removed: string[];
  kept: string[];
}

export interface Described extends Person {
  /** As it is, or is to be. */
  name: string;
  /** The name before, where it changes. */
  nameBefore: string;
  changes: Change[];
}

/** These people with every cell that changes, before and after, in the reader's language. */
export async function describe(run: Import, people: Person[]): Promise<Described[]> {
  const rights = await rightsOfPeople(run, people);
  const names = await roleNames(
    run.accountId,
    rights.flatMap(({ items, before }) => [...items, ...(before ?? [])]),
  );
  const called = (key: string): string => {
    if (isSystemRole(key)) return t(systemRoles[key].title);
    return isPermission(key) ? t(permissions[key].title) : (names.get(key) ?? key);
  };
  // Roles before single permissions, as in the columns of a workbook.
  const inOrder = (keys: string[]) => [...keys].sort((a, b) => Number(isPermission(a)) - Number(isPermission(b)));
  const words = (keys: string[]) => inOrder(keys).map(called);
  const change = ({ mailboxId, mailboxName, items, before }: Right): Change => ({
    place: mailboxId === null ? t("Account") : (mailboxName ?? mailboxId),
    added: words(items.filter((key) => !before?.includes(key))),
    removed: words((before ?? []).filter((key) => !items.includes(key))),
    kept: words(items.filter((key) => before?.includes(key))),
  });
  return people.map((person) => ({
    ...person,
    name: `${person.firstName} ${person.lastName}`.trim() || person.nameNow,
    nameBefore: person.namesBefore ? `${person.namesBefore.firstName} ${person.namesBefore.lastName}`.trim() : "",
    changes: rights.filter(({ position }) => position === person.position).map(change),
  }));
}
