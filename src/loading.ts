import { enableCompileCache, type ResolveFnOutput, registerHooks } from "node:module";

/** Beside the code, so that what a build step compiled is deployed with it. NODE_COMPILE_CACHE names another folder. */
const folder = new URL("../.cache/compiled", import.meta.url).pathname;

/**
 * Makes loading the program cheaper; to be called before anything large is imported, so an entry imports the rest with
 * `await import()`.
 *
 * - What Node compiles is kept: types are stripped and code is parsed once per version of a file, not at every start, and
 *   the compiler for types (WebAssembly, 40 MB) is never loaded. A folder that cannot be written is no fault.
 * - drizzle-orm's package.json lists 179 KB of exports, and Node 24 parses it again for each of some 600 imports of and
 *   inside the package: half of the time of a start. Here its files are found without it, and the package once.
 * - zod brings its own words for errors along in sixty languages, though ours are said by `t`: English stands for all.
 */
export function quickenLoading(): void {
  process.env.NODE_COMPILE_CACHE_PORTABLE ??= "1";
  enableCompileCache(process.env.NODE_COMPILE_CACHE ?? folder);

  const drizzle: ResolveFnOutput[] = [];
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier === "drizzle-orm") {
        drizzle[0] ??= { ...next(specifier, context), shortCircuit: true };
        return drizzle[0];
      }
      if (specifier.startsWith(".") && context.parentURL?.includes("/node_modules/drizzle-orm/")) {
        return { url: new URL(specifier, context.parentURL).href, format: "module", shortCircuit: true };
      }
      if (specifier === "../locales/index.js" && context.parentURL?.includes("/node_modules/zod/")) {
        return next("../locales/en.js", context);
      }
      return next(specifier, context);
    },
  });
}
