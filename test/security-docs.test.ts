import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

/** docs/security.md says which file and which test meets a requirement: here it is held to its word. */
const text = readFileSync(new URL("../docs/security.md", import.meta.url), "utf8");
const statuses = ["met", "partly", "not met", "n/a"] as const;

const rows = [
  ...text.matchAll(/^\| (V(\d+)\.\d+\.\d+) \| ([12]) \| (.+?) \| (met|partly|not met|n\/a) \| (.+) \|$/gm),
].map(([, id, chapter, level, , status, where]) => ({ id, chapter, level, status, where: where! }));
const filesIn = (part: string) =>
  [
    ...part.matchAll(
      /`((?:src|test|bin|docs|jobs|migrations|public|views)\/[^`]+|\.env\.example|package-lock\.json)`/g,
    ),
  ].map(([, path]) => path!);
const countsOf = (some: typeof rows) => statuses.map((status) => some.filter((row) => row.status === status).length);

test("every requirement stands in the assessment once, each line of a chapter is one", () => {
  const lines = text.split("\n").filter((line) => /^\| V\d+\.\d/.test(line));
  expect(rows.length).toBe(lines.length);
  // As many as ASVS 5.0.0 has of level 1, and of level 2.
  expect([rows.filter(({ level }) => level === "1").length, rows.filter(({ level }) => level === "2").length]).toEqual([
    70, 183,
  ]);
  expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
});

test("every file and test that it names is there", () => {
  const named = filesIn(text);
  expect(named.length).toBeGreaterThan(rows.length / 2);
  expect(named.filter((path) => !existsSync(new URL(`../${path}`, import.meta.url)))).toEqual([]);
});

test("whatever is met, or partly, names a file, or the part of the document that says it", () => {
  const bare = rows.filter(
    ({ status, where }) => /met|partly/.test(status!) && status !== "not met" && !/`[\w.]+[/.]|below/.test(where),
  );
  expect(bare.map(({ id }) => id)).toEqual([]);
});

test("every threat that a row names is in the title of a test of that row", () => {
  const missing = rows.flatMap(({ id, where }) => {
    const tests = filesIn(where).filter((path) => path.endsWith(".test.ts"));
    const code = tests.map((path) => readFileSync(new URL(`../${path}`, import.meta.url), "utf8")).join("\n");
    const threats = [...where.matchAll(/\bT\d+\b/g)].map(([threat]) => threat);
    return threats
      .filter((threat) => !new RegExp(`["\`][^"\`\\n]*\\b${threat}\\b`).test(code))
      .map((threat) => `${id} ${threat}`);
  });
  expect(missing).toEqual([]);
});

test("the counts are those of the rows", () => {
  const table = [...text.matchAll(/^\| (?:V(\d+) .+?|\*\*all\*\*) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$/gm)];
  const said = Object.fromEntries(table.map(([, chapter, ...counts]) => [chapter ?? "all", counts.map(Number)]));
  const chapters = [...new Set(rows.map(({ chapter }) => chapter!))];
  const counted = Object.fromEntries(
    chapters.map((chapter) => [chapter, countsOf(rows.filter((row) => row.chapter === chapter))]),
  );
  expect(said).toEqual({ ...counted, all: countsOf(rows) });
});
