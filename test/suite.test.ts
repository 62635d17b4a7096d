import { describe, expect, test } from "vitest";
import { type Source, sources } from "./support/sources.ts";

/** The rules that the tests themselves keep. */
const files = sources("test/**/*.test.ts");
const inBrowser = files.filter(({ path }) => path.startsWith("test/browser/"));

interface Block {
  line: string;
  text: string;
}

/** The blocks of a file that begin with such a line: the formatter ends each at its own depth. */
function blocks({ text }: Source, begins: RegExp): Block[] {
  const lines = text.split("\n");
  return lines.flatMap((line, at) => {
    if (!begins.test(line)) return [];
    const depth = line.match(/^ */)![0].length;
    const rest = lines.slice(at + 1);
    const end = rest.findIndex((each) => each.trim() !== "" && each.match(/^ */)![0].length <= depth);
    // A block may go on after a line of its own depth, as in `])("…", () => {`.
    const more = /^\s*[\])}].*(\{|=>|\()$/.test(rest[end] ?? "")
      ? rest.slice(end + 1).findIndex((each) => each.trim() !== "" && each.match(/^ */)![0].length <= depth)
      : 0;
    return [{ line: line.trim(), text: lines.slice(at, at + 2 + end + (more ? more + 1 : 0)).join("\n") }];
  });
}

const tests = /^\s*(test|story)(\.\w+)*\(/;
const functions = /^\s*(export )?(async )?(function \w+|const \w+ = |\w+\([^)]*\)[^;]*\{$)/;
const asserts = /\bexpect(\(|\.)|\.expect\(/;
const nameOf = (line: string) =>
  line
    .match(/(?:function |const )(\w+)|(\w+)\(/)
    ?.slice(1)
    .find(Boolean) ?? "";

describe("the tests", () => {
  test("each expect something, themselves or through what they call", () => {
    const inSupport = sources("test/support/*.ts").flatMap((file) =>
      blocks(file, functions).filter(({ text }) => asserts.test(text)),
    );
    const idle = files.flatMap((file) => {
      const helpers = [...inSupport, ...blocks(file, functions).filter(({ text }) => asserts.test(text))];
      const calls = new Set(helpers.map(({ line }) => nameOf(line)).filter((name) => name !== "constructor"));
      const called = ({ text }: Block) => [...text.matchAll(/\b(\w+)\(/g)].some(([, name]) => calls.has(name!));
      return blocks(file, tests)
        .filter((block) => !asserts.test(block.text) && !called(block))
        .map(({ line }) => `${file.path}: ${line}`);
    });
    expect(files.flatMap((file) => blocks(file, tests)).length).toBeGreaterThan(300);
    expect(idle).toEqual([]);
  });

  test("are all run: none is skipped, set aside or alone", () => {
    const found = files.flatMap(({ path, text }) =>
      [...text.matchAll(/\b(test|describe|it)\.(skip|only|todo|fails|skipIf|runIf)\b/g)].map(
        ([what]) => `${path}: ${what}`,
      ),
    );
    expect(found).toEqual([]);
  });

  test("X13 in a browser all run twice, with JavaScript on and off, but for what only script adds", () => {
    expect(inBrowser.length).toBeGreaterThan(5);
    const once = inBrowser.flatMap((file) =>
      blocks(file, /^\s*test(\.\w+)*\(/)
        .filter(({ line, text }) => !/\(\$\{mode\}\)/.test(`${line}\n${text.split("\n")[1]}`))
        .map(({ line }) => line),
    );
    expect(once.filter((line) => !line.startsWith('test("with script, '))).toEqual([]);
    for (const { path, text } of inBrowser) {
      if (/\(\$\{mode\}\)/.test(text)) expect(text, path).toContain("of bothModes)");
      // Nobody opens a browser in one mode only, but to see what script adds.
      const fixed = [...text.matchAll(/newVisitor\((?!\{ scripting)[^)]*\)/g)].length;
      expect(fixed, path).toBe(text.match(/test\("with script, /g)?.length ?? 0);
    }
  });

  test("X13 a story is told once with JavaScript and once without", async () => {
    const site = sources("test/support/site.ts")[0]!.text;
    expect(site).toMatch(/bothModes = \[\s*\{ scripting: true, [^}]*\},\s*\{ scripting: false, [^}]*\},\s*\]/);
    expect(blocks({ text: site } as Source, /^export function story/)[0]!.text).toContain(
      "for (const { scripting, mode } of bothModes)",
    );
  });
});
