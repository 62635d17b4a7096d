import { canonicalAddress } from "../access/address.ts";
import { line as oneLine } from "../http/form.ts";
import { t } from "../i18n/t.ts";

/** How many addresses are taken at once. */
export const mostLines = 200;

/** A line of the pasted list: whom it names, or what is wrong with it. */
export interface ReadLine {
  /** Counted from 1, as in the field. */
  number: number;
  text: string;
  email: string;
  firstName: string;
  lastName: string;
  problem: string;
}

const name = oneLine(100);

/**
 * Reads a pasted list, one person a line: `ana@x.test`, `Ana Lind <ana@x.test>`, or `ana@x.test, Ana, Lind` (also with
 * semicolons or tabs, as a spreadsheet copies them). Empty lines do not count; an address that stands twice is taken once.
 */
export function readLines(text: string): ReadLine[] {
  const seen = new Map<string, number>();
  return text
    .split("\n")
    .map((raw, index) => ({ raw: raw.trim(), number: index + 1 }))
    .filter(({ raw }) => raw !== "")
    .map(({ raw, number }) => {
      const read = parts(raw);
      const email = canonicalAddress(read.address) ?? "";
      const [first, last] = [name.safeParse(read.firstName), name.safeParse(read.lastName)];
      const earlier = seen.get(email);
      if (email && !earlier) seen.set(email, number);
      const problem = !email
        ? t("This is not an e-mail address that mail can be sent to.")
        : earlier
          ? t("The same address stands in line {number}.", { number: earlier })
          : !first.success || !last.success
            ? t("The name is too long, or holds a character that cannot be shown.")
            : "";
      return { number, text: raw, email, firstName: first.data ?? "", lastName: last.data ?? "", problem };
    });
}

function parts(raw: string): { address: string; firstName: string; lastName: string } {
  const bracketed = raw.match(/^(.*?)\s*<([^<>]*)>[,;]?$/);
  if (bracketed) {
    const words = bracketed[1]!.replace(/^"(.*)"$/, "$1").trim();
    return { address: bracketed[2]!, ...namesOf(words) };
  }
  const [address = "", firstName = "", lastName = ""] = raw.split(/[,;\t]/).map((part) => part.trim());
  return { address, firstName, lastName };
}

/** "Lind, Ana" and "Ana Maria Lind": the last word is the last name, unless a comma says otherwise. */
function namesOf(words: string) {
  const [last, first] = words.split(",").map((part) => part.trim());
  if (first !== undefined) return { firstName: first, lastName: last ?? "" };
  const gap = words.lastIndexOf(" ");
  return gap < 0
    ? { firstName: words, lastName: "" }
    : { firstName: words.slice(0, gap).trim(), lastName: words.slice(gap + 1) };
}
