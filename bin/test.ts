import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

/**
 * `npm test`: types, lint and format, then every test (or those of the files named as arguments). All steps run even
 * when one fails, so that one run shows everything; any failure ends in a code other than 0.
 */
const root = new URL("..", import.meta.url).pathname;
const folder = mkdtempSync("/tmp/muster-report-");
const report = join(folder, "report.json");

/** Runs a program of node_modules with this same Node, its output shown as it comes. */
function step(title: string, program: string, ...args: string[]): boolean {
  const started = Date.now();
  console.log(`\n── ${title}`);
  const { status } = spawnSync(process.execPath, [join(root, "node_modules", program), ...args], {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, NODE_ENV: "test" },
  });
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  console.log(`── ${title}: ${status === 0 ? "good" : "FAILED"} in ${seconds} s`);
  return status === 0;
}

interface Report {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  testResults: { status: string; assertionResults: { status: string }[] }[];
}

/** What the test runner counted; a file that failed before its first test counts as one failure. */
function tally() {
  try {
    const counted = JSON.parse(readFileSync(report, "utf8")) as Report;
    const broken = counted.testResults.filter(
      ({ status, assertionResults }) =>
        status === "failed" && !assertionResults.some((test) => test.status === "failed"),
    );
    return {
      passed: counted.numPassedTests,
      failed: counted.numFailedTests + broken.length,
      skipped: counted.numPendingTests + counted.numTodoTests,
    };
  } catch {
    return { passed: 0, failed: 0, skipped: 0 };
  }
}

// Each further checker works out most types once more.
const types = step("types", "typescript/bin/tsc", "--checkers", "2");
const style = step("lint and format", "@biomejs/biome/bin/biome", "ci", ".");
const tests = step(
  "tests",
  "vitest/vitest.mjs",
  "run",
  "--reporter=default",
  "--reporter=json",
  `--outputFile.json=${report}`,
  ...process.argv.slice(2),
);

const { passed, failed, skipped } = tally();
rmSync(folder, { recursive: true, force: true });
const others = Number(!types) + Number(!style) + Number(!tests && failed === 0);
console.log(`\n${passed} passed, ${failed + others} failed, ${skipped} skipped`);
process.exitCode = types && style && tests ? 0 : 1;
