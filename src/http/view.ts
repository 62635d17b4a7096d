import { readFileSync } from "node:fs";
import { posix } from "node:path";
import ejs from "ejs";
import { keep } from "./kept.ts";

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
  const text = withWholeNames(readFileSync(filename, "utf8").trim(), posix.dirname(name));
  // A block of its own: what a view declares may be called as one of its locals is.
  const template = ejs.compile(`<% { const include = locals.include; %>${text}<% } %>`, {
    filename,
    rmWhitespace: true,
    compileDebug: development,
    escape: escapeText,
    // Locals as variables: inside `with`, which EJS would use, the engine looks up every name at every use.
    _with: false,
    destructuredLocals: namesIn(text),
    // Locals are made below without a prototype of Object's, so nothing is inherited but from the including view.
    unsafePrototypeLocals: true,
  } as ejs.Options) as Template;
  compiled.set(name, template);
  return template;
}

/** The partials that a view includes by their names below `views/`. */
const withWholeNames = (text: string, folder: string) =>
  text.replace(/include\("([^"]+)"/g, (_, path: string) => {
    const name = path.startsWith("/") ? path.slice(1) : posix.join(folder, path);
    return `include("${name}"`;
  });

/** What no local may be called, beside the globals. */
const reserved = new Set(
  `await break case catch class const continue debugger default delete do else enum export extends false finally for
  function if import in include instanceof let locals new null return static super switch this throw true try typeof
  var void while with yield`.split(/\s+/),
);

/** Every name that the code of a view might look up among its locals: rather one too many. */
function namesIn(text: string): string[] {
  const code = [...text.matchAll(/<%[-=]?([^#][\s\S]*?)%>/g)].map(([, inside]) => inside!).join("\n");
  // What follows a dot is a property, but for the three dots of a spread.
  const names = code.replace(/"(?:[^"\\\n]|\\.)*"/g, "").matchAll(/(?<![\w$])(?<!(?<!\.\.)\.)[A-Za-z_$][\w$]*/g);
  return [...new Set([...names].map(([name]) => name))].filter((name) => !reserved.has(name) && !(name in globalThis));
}

const special = /[&<>"']/;
const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;" };

/**
 * Text as HTML shows it (T63). Most of it holds no special sign. The dash is the one sign of ours beyond Latin 1 that stands
 * on most pages: written out, it lets a page take half the memory, and an eighth of the time to become bytes.
 */
function escapeText(value: unknown): string {
  if (value === undefined || value === null) return "";
  const text = String(value);
  const safe = special.test(text) ? text.replace(/[&<>"']/g, (sign) => entities[sign]!) : text;
  return safe.includes("–") ? inLatin1(safe.replaceAll("–", "&#8211;")) : safe;
}

/** The engine keeps text that once held a wider sign as wide, and all that it is put together with. */
const inLatin1 = (text: string) => (/[^\x20-\xff]/.test(text) ? text : Buffer.from(text, "latin1").toString("latin1"));

/**
 * Runs a view. `include("_row", { … })` is looked up beside the including view, `include("/shared/…")` below `views/`; the
 * included view sees the including one's locals. EJS' own include copies all locals and asks the disk at every call.
 * `include("_row", { … }, "kept")` is rendered once for the same values: see kept.ts.
 */
function run(name: string, locals: Locals): string {
  locals.include = (view: string, more?: Locals, kept?: "kept") => {
    if (kept) return keep(view, more!, () => run(view, Object.assign(Object.create(null), locals.words, more)));
    return run(view, Object.assign(Object.create(locals) as Locals, more));
  };
  return templateOf(name)(locals);
}

/**
 * Renders one view to a string. `locals` is built by hand, never a request's body or query (T64); its `words` are all that
 * a kept partial sees beside its own values.
 */
export const renderView = (view: string, locals: object): string =>
  run(view, Object.assign(Object.create(null) as Locals, locals));
