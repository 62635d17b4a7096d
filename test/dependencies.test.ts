import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";

test("T94 no package that production installs has a known weakness of high severity", ({ skip }) => {
  const { stdout } = spawnSync("npm", ["audit", "--omit=dev", "--json"], { encoding: "utf8", timeout: 25_000 });
  const answer = parse(stdout);
  if (!answer?.metadata) {
    console.warn("T94 skipped: the package registry does not answer audit requests here. Run `npm audit --omit=dev`.");
    skip();
    return;
  }
  const { high, critical } = answer.metadata.vulnerabilities;
  expect({ high, critical }).toEqual({ high: 0, critical: 0 });
});

function parse(text: string): { metadata?: { vulnerabilities: { high: number; critical: number } } } | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
