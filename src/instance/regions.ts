import { z } from "zod";
import { language, t } from "../i18n/t.ts";

// Groups, private codes and former countries have names, too.
const odd = /^(EU|EZ|UN|QO|XA|XB|ZZ|XK|AN|BU|CS|DD|FX|NT|SU|TP|YD|YU|ZR|VD|RH|NH|HV|DY|CT|NQ|PU|PZ|WK|MI|JT|FQ|PC)$/;

let known: string[] | undefined;

/** ISO 3166-1 countries, as far as the runtime can name them: of all pairs of letters those that have a name. */
function codes(): string[] {
  if (known) return known;
  const names = new Intl.DisplayNames("en", { type: "region", fallback: "none" });
  const letters = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];
  const pairs = letters.flatMap((first) => letters.map((second) => first + second));
  known = pairs.filter((code) => !odd.test(code) && isKnown(names, code));
  return known;
}

function isKnown(names: Intl.DisplayNames, code: string): boolean {
  try {
    return names.of(code) !== undefined;
  } catch {
    return false;
  }
}

export const isRegion = (text: string): boolean => codes().includes(text);

/** Whose formats of dates and numbers: a country, or empty for the language's own. */
export const regionField = () =>
  z.string().refine((text) => text === "" || isRegion(text), { error: () => t("Choose a country from the list.") });

const listed = new Map<string, [string, string][]>();

/** The countries with their names in the reader's language, in its order: `["DE", "Germany"]`. */
export function regions(): [string, string][] {
  const { locale } = language();
  let found = listed.get(locale);
  if (!found) {
    const names = new Intl.DisplayNames(locale, { type: "region" });
    found = codes()
      .map((code): [string, string] => [code, names.of(code) ?? code])
      .sort(([, a], [, b]) => a.localeCompare(b, locale));
    listed.set(locale, found);
  }
  return found;
}
