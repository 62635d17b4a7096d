import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    globalSetup: ["test/support/database.ts", "test/support/chromium.ts"],
    setupFiles: "test/support/setup.ts",
    include: ["test/**/*.test.ts"],
    pool: "forks",
    maxWorkers: 3,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
