import { BaseSequencer, type TestSpecification } from "vitest/node";

/** What takes longest begins first, so that no file goes on alone when all others are done. In the order of their times, but those that kill workers apart. */
const long = [
  "browser/crawl",
  "tenancy",
  "faults/activation",
  "input",
  "browser/invitation",
  "xlsx",
  "faults/imports",
  "browser/corporate",
  "import-attacks",
  "browser/crawl-users",
  "faults/worker",
  "browser/hostile-names",
  "browser/rights",
  "browser/users",
  "faults/migrations",
  "faults/reports",
  "browser/person",
  "browser/oneself",
  "csrf",
  "matrix",
  "error-detail",
];

const place = ({ moduleId }: TestSpecification) => {
  const at = long.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
  if (at >= 0) return at;
  return moduleId.includes("/test/browser/") || moduleId.includes("/test/faults/") ? long.length : long.length + 1;
};

/** Long files first, then those with a browser or processes of their own, then the rest as ever. */
export default class Sequencer extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.sort((a, b) => place(a) - place(b));
  }
}
