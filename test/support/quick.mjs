import { enableCompileCache } from "node:module";

/**
 * Loaded before anything else by each test file's process (`execArgv` of vitest.config.ts): half of what a file used to
 * cost before its first test was Node parsing the same package and compiling the same code (src/loading.ts). Processes
 * that tests start share what is compiled.
 */
process.env.NODE_COMPILE_CACHE ??= new URL("../../.cache/compiled", import.meta.url).pathname;
process.env.NODE_COMPILE_CACHE_PORTABLE ??= "1";
enableCompileCache(process.env.NODE_COMPILE_CACHE);

const { quickenLoading } = await import("../../src/loading.ts");
quickenLoading();
