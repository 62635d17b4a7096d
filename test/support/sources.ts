import { globSync, readFileSync } from "node:fs";

const root = new URL("../..", import.meta.url).pathname;

export interface Source {
  path: string;
  text: string;
  lines: number;
}

/** Every file that matches, by its path from the root of the repository. */
export const sources = (...patterns: string[]): Source[] =>
  globSync(patterns, { cwd: root })
    .sort()
    .map((path) => {
      const text = readFileSync(`${root}/${path}`, "utf8");
      return { path, text, lines: text.split("\n").length - 1 };
    });

/** What a module imports: our own files by their path from the root, packages by name; `types` when nothing stays at run time. */
export function importsOf({ path, text }: Source): { to: string; types: boolean }[] {
  const found = text.matchAll(/^(?:import|export)\s+(type\s)?(?:[^"';]*?\sfrom\s)?"([^"]+)"|import\("([^"]+)"\)/gm);
  return [...found].map(([, types, given, lazy]) => {
    const target = given ?? lazy!;
    const to = target.startsWith(".") ? new URL(target, `file:///${path}`).pathname.slice(1) : target;
    return { to, types: Boolean(types) };
  });
}

export const median = (values: number[], share = 0.5): number => {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
};

/** The sentences that a file hands to `t(…)` as literals; `dynamic` are those glued together, which no catalogue can hold. */
export function sentencesOf({ text }: Source): { sentences: string[]; glued: string[] } {
  const sentences: string[] = [];
  const glued: string[] = [];
  for (const { index } of text.matchAll(/(?<![\w.$])t\(/g)) {
    const argument = firstArgument(text, index + 2);
    if (/`[^`]*\$\{|"\s*\+|\+\s*"/.test(argument)) glued.push(argument);
    for (const [, compared, quoted] of argument.matchAll(/([!=]==?\s*)?("(?:[^"\\]|\\.)*")/g)) {
      if (!compared) sentences.push(JSON.parse(quoted!) as string);
    }
  }
  return { sentences, glued };
}

/** The text of a call's first argument, from just behind its opening bracket. */
function firstArgument(text: string, start: number): string {
  let depth = 0;
  let quote = "";
  for (let at = start; at < text.length; at++) {
    const letter = text[at]!;
    if (quote) {
      if (letter === "\\") at++;
      else if (letter === quote) quote = "";
    } else if (`"'\``.includes(letter)) quote = letter;
    else if ("([{".includes(letter)) depth++;
    else if (depth === 0 && (letter === "," || letter === ")")) return text.slice(start, at);
    else if (")]}".includes(letter)) depth--;
  }
  return text.slice(start);
}
