import { BaseSequencer, type TestSpecification } from "vitest/node";

/** What takes longest begins first, so that no file goes on alone when all others are done. In the order of their processor time, but those that kill workers apart. */
const long = [
  "browser/crawl",
  "tenancy",
  "faults/activation",
  "browser/invitation",
  "xlsx",
  "browser/users",
  "faults/imports",
  "browser/corporate",
  "input",
  "browser/crawl-users",
  "import-attacks",
  "browser/messages",
  "faults/worker",
  "error-detail",
  "import-checks",
  "browser/rights",
  "faults/migrations",
  "browser/hostile-names",
  "browser/person",
  "faults/reports",
  "browser/oneself",
  "matrix",
  "csrf",
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
