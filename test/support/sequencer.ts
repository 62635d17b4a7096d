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
  "browser/person",
  "faults/reports",
  "browser/oneself",
  "matrix",
  "csrf",
];

const kinds = ["apart", "browser", "http"];

/** Its kind, how long it takes, and whether it starts processes of its own. */
const place = ({ moduleId, project }: TestSpecification): number[] => {
  const at = long.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
  return [kinds.indexOf(project.name), at >= 0 ? at : long.length, moduleId.includes("/test/faults/") ? 0 : 1];
};

/**
 * Files of a kind one after the other, as they share processes (vitest.config.ts); of each kind the long ones first, then
 * those that mostly wait for processes of their own, then the rest as ever.
 */
export default class Sequencer extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const places = new Map(sorted.map((file) => [file, place(file)]));
    const apart = (a: TestSpecification, b: TestSpecification) =>
      places.get(a)!.map((each, at) => each - places.get(b)![at]!);
    return sorted.sort((a, b) => apart(a, b).find((each) => each !== 0) ?? 0);
  }
}
