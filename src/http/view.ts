import { readFileSync } from "node:fs";
import { posix } from "node:path";
import ejs from "ejs";

const root = new URL("../../views", import.meta.url).pathname;
const development = process.env.NODE_ENV === "development";

type Locals = Record<string, unknown>;
type Template = (locals: Locals) => string;

const compiled = new Map<string, Template>();

/** A view by its name below `views/`, compiled once; in development at every use. */
function templateOf(name: string): Template {
  const known = compiled.get(name);
  if (known && !development) return known;
  const filename = `${root}/${name}.ejs`;
  const template = ejs.compile(readFileSync(filename, "utf8"), {
    filename,
    rmWhitespace: true,
    compileDebug: development,
    // Locals are made below without a prototype of Object's, so nothing is inherited but from the including view.
    unsafePrototypeLocals: true,
  } as ejs.Options) as Template;
  compiled.set(name, template);
  return template;
}

/**
 * Runs a view. `include("_row", { … })` is looked up beside the including view, `include("/shared/…")` below `views/`; the
 * included view sees the including one's locals. EJS' own include copies all locals and asks the disk at every call.
 */
function run(name: string, locals: Locals): string {
  const folder = posix.dirname(name);
  locals.include = (path: string, more?: Locals) =>
    run(
      path.startsWith("/") ? path.slice(1) : posix.join(folder, path),
      Object.assign(Object.create(locals) as Locals, more),
    );
  return templateOf(name)(locals);
}

/** Renders one view to a string. `locals` is built by hand, never a request's body or query (T64). */
export const renderView = (view: string, locals: object): string =>
  run(view, Object.assign(Object.create(null) as Locals, locals));
