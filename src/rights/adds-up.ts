import { addUp, type Effective, type Way } from "../grants/effective.ts";
import { called } from "../grants/giving.ts";
import { formatList } from "../i18n/format.ts";
import { t } from "../i18n/t.ts";
import type { Line } from "./page.ts";

/** One effective right in words. */
export interface RightWords {
  title: string;
  section: string;
  state: Effective["state"];
  /** What its Why is asked with (X3). */
  permission: Effective["permission"];
  /** "Viewer", "Press desk on Press and Events", "Given singly". */
  ways: { words: string; state: Effective["state"] }[];
}

/** What these lines let the member do in the end: how many rights, and each with where it comes from (D11). */
export function addsUp(
  lines: Line[],
  mailboxId: string | null,
): { count: number; ending: number; rights: RightWords[] } {
  const rights = addUp(lines, mailboxId);
  const ending = rights.filter(({ state }) => state === "going").length;
  return {
    count: rights.length - ending,
    ending,
    rights: rights.map(({ permission, title, section, state, ways }) => ({
      permission,
      title: t(title),
      section: t(section),
      state,
      ways: ways.map((way) => ({ words: inWords(way, mailboxId), state: way.state })),
    })),
  };
}

function inWords({ giving, mailboxes }: Way, mailboxId: string | null): string {
  const here = mailboxId !== null;
  if (mailboxes.length === 0) {
    if (!giving) return here ? t("Given singly on the account") : t("Given singly");
    return here ? t("{role} on the account", { role: called(giving) }) : called(giving);
  }
  if (here) return giving ? called(giving) : t("Given singly");
  const where = formatList(mailboxes.length > 3 ? [...mailboxes.slice(0, 2), more(mailboxes.length - 2)] : mailboxes);
  return giving
    ? t("{role} on {mailboxes}", { role: called(giving), mailboxes: where })
    : t("Given singly on {mailboxes}", { mailboxes: where });
}

const more = (count: number) => t("{count, plural, one {# more} other {# more}}", { count });
