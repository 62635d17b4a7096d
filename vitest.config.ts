import { defineConfig } from "vitest/config";
import Sequencer from "./test/support/sequencer.ts";

export default defineConfig({
  test: {
    globalSetup: ["test/support/database.ts", "test/support/chromium.ts"],
    setupFiles: "test/support/setup.ts",
    include: ["test/**/*.test.ts"],
    pool: "forks",
    execArgv: ["--import", new URL("test/support/quick.mjs", import.meta.url).href],
    // Two cores: a third and a fourth work while others wait for a browser or a clock.
    maxWorkers: 4,
    sequence: { sequencer: Sequencer },
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
