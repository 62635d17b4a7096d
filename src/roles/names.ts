import type { Level } from "../access/permissions.ts";
import { systemRoles } from "../access/permissions.ts";
import type { Reader } from "../db/client.ts";
import { Invalid } from "../http/errors.ts";
import { inLanguage, locales, t } from "../i18n/t.ts";
import { nameTaken } from "./queries.ts";

const fold = (text: string) => text.normalize("NFC").toLowerCase();

/** The titles and keys of the system roles, in every language: nobody else may be called like them. */
const systemNames = () =>
  new Set(
    Object.entries(systemRoles).flatMap(([key, { title }]) => [
      key,
      ...locales.map((locale) => inLanguage({ locale }, () => fold(t(title)))),
    ]),
  );

/** A65: a role's name is unique in its account and level, ignoring case, also against the system roles; else 422. */
export async function assertNameFree(reader: Reader, accountId: string, level: Level, name: string, exceptId?: string) {
  if (systemNames().has(fold(name)))
    throw new Invalid("name", t("A system role is called like this. Choose another name."));
  if (await nameTaken(reader, accountId, level, name, exceptId)) throw nameIsTaken();
}

/** The message for a name that somebody else took, also when they did so at the same moment. */
export const nameIsTaken = () =>
  new Invalid("name", t("Another role is already called like this. Choose another name."));

/** A free name for a copy: "Copy of X", "Copy of X (2)" …, at most 60 characters. */
export async function nameForCopy(reader: Reader, accountId: string, level: Level, name: string): Promise<string> {
  for (let number = 1; ; number++) {
    const end = number > 1 ? ` (${number})` : "";
    const start = [...t("Copy of {name}", { name })]
      .slice(0, 60 - end.length)
      .join("")
      .trim();
    if (!(await nameTaken(reader, accountId, level, start + end))) return start + end;
  }
}
