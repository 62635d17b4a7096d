import { createRequire, enableCompileCache } from "node:module";

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

/** The same password against the same hash is the same answer: the world's people share theirs, and sign in often. */
const argon2 = createRequire(import.meta.url)("@node-rs/argon2");
const { verify } = argon2;
const answers = new Map();
argon2.verify = (stored, secret, ...rest) => {
  const asked = `${stored}\n${secret}`;
  if (!answers.has(asked)) answers.set(asked, verify(stored, secret, ...rest));
  return answers.get(asked);
};
