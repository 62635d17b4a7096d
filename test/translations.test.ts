import { IntlMessageFormat } from "intl-messageformat";
import { describe, expect, test } from "vitest";
import { permissions, systemRoles } from "../src/access/permissions.ts";
import { german } from "../src/i18n/german.ts";
import { sentencesOf, sources } from "./support/sources.ts";

const everywhere = sources("src/**/*.ts", "jobs/**/*.ts", "views/**/*.ejs").filter(
  ({ path }) => !path.startsWith("src/i18n/de/"),
);

/** What the code says through `t(…)`, and the catalogues whose words are shown. */
const said = new Set([
  ...everywhere.flatMap((source) => sentencesOf(source).sentences),
  ...Object.values(permissions).flatMap(({ title, section }) => [title, section]),
  ...Object.values(systemRoles).flatMap(({ title, about }) => [title, about]),
]);

/** The values that a sentence asks for, with how each is formatted: `count plural`. */
function placeholders(sentence: string, locale: string): string[] {
  const names = new Set<string>();
  const walk = (node: unknown) => {
    if (Array.isArray(node)) return node.forEach(walk);
    if (!node || typeof node !== "object") return;
    const part = node as { type?: number; value?: unknown; options?: Record<string, { value: unknown }> };
    if (part.type !== undefined && part.type > 0 && part.type < 7) names.add(`${part.value} ${part.type}`);
    for (const option of Object.values(part.options ?? {})) walk(option.value);
  };
  walk(new IntlMessageFormat(sentence, locale, undefined, { ignoreTag: true }).getAst());
  return [...names].sort();
}

describe("translations", () => {
  test("every sentence has its German", () => {
    expect([...said].filter((sentence) => !german[sentence])).toEqual([]);
  });

  test("no German is left of a sentence that nobody says", () => {
    const text = everywhere.map((source) => source.text).join("\n");
    const orphans = Object.keys(german).filter(
      (sentence) => !said.has(sentence) && !text.includes(JSON.stringify(sentence)),
    );
    expect(orphans).toEqual([]);
  });

  test("each German sentence takes the same values as the English one", () => {
    const different = Object.entries(german).filter(
      ([english, translated]) => `${placeholders(english, "en")}` !== `${placeholders(translated, "de")}`,
    );
    expect(different).toEqual([]);
  });

  test("no sentence is glued together", () => {
    expect(everywhere.flatMap((source) => sentencesOf(source).glued.map((text) => `${source.path}: ${text}`))).toEqual(
      [],
    );
  });

  test("no sentence is said differently by two rooms", () => {
    const rooms = sources("src/i18n/de/*.json").map(({ path, text }) => ({
      path,
      sentences: JSON.parse(text) as Record<string, string>,
    }));
    const seen = new Map<string, string>();
    const twice: string[] = [];
    for (const { path, sentences } of rooms) {
      for (const [english, translated] of Object.entries(sentences)) {
        if (seen.has(english) && seen.get(english) !== translated) twice.push(`${path}: ${english}`);
        seen.set(english, translated);
      }
    }
    expect(twice).toEqual([]);
  });
});
