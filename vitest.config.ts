import { configDefaults, defineConfig, type TestProjectInlineConfiguration } from "vitest/config";
import Sequencer from "./test/support/sequencer.ts";

/** What reads the settings anew, has pages of its own, or is about what a process remembers: each has a process of its own. */
const apart = [
  ...["alarms", "domain-walks", "enumeration", "event-stream", "headers-https", "metrics", "operations", "seals"],
  ...["directory-search", "browser/messages"],
].map((name) => `test/${name}.test.ts`);

/** Files of the same kind share a process, what it has loaded and compiled, and its browser; each gets a fresh database. */
const kind = (name: string, include: string[], more: { isolate: boolean; exclude?: string[] }) =>
  ({
    test: {
      name,
      include,
      setupFiles: "test/support/setup.ts",
      pool: "forks",
      execArgv: ["--import", new URL("test/support/quick.mjs", import.meta.url).href],
      // Two cores: a third and a fourth work while others wait for a browser or a clock.
      maxWorkers: 4,
      testTimeout: 30_000,
      hookTimeout: 60_000,
      env: more.isolate ? {} : { FILES_SHARE_PROCESS: "1" },
      ...more,
      exclude: [...configDefaults.exclude, ...(more.exclude ?? [])],
    },
  }) satisfies TestProjectInlineConfiguration;

export default defineConfig({
  test: {
    globalSetup: ["database", "chromium", "reader"].map((name) => `test/support/${name}.ts`),
    sequence: { sequencer: Sequencer },
    projects: [
      kind("apart", apart, { isolate: true }),
      kind("browser", ["test/browser/*.test.ts"], { isolate: false, exclude: apart }),
      kind("http", ["test/*.test.ts", "test/faults/*.test.ts"], { isolate: false, exclude: apart }),
    ],
  },
});
