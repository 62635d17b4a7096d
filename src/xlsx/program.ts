import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The reader's program: the file to start, and all that it has to read for that. */
export interface Program {
  entry: string;
  readable: string[];
}

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const rooms = ["xlsx", "xlsx-parts", "xlsx-sheets"];
const packages = ["saxes", "xmlchars"].map((name) => join(root, "node_modules", name));
const folder = join(root, ".cache", "reader");

const sources = () =>
  rooms.flatMap((room) =>
    readdirSync(join(root, "src", room))
      .sort()
      .map((file) => ({ room, file, text: readFileSync(join(root, "src", room, file), "utf8") })),
  );

/** Named by what is in it, so what was prepared of another version of the sources is never taken. */
const placeOf = (found: ReturnType<typeof sources>, within: string) =>
  join(within, createHash("sha256").update(JSON.stringify(found)).digest("hex").slice(0, 32));

/**
 * What the process that reads a workbook runs: the program as `prepareProgram` has left it, else the sources themselves.
 * Node would strip their types anew in each such process (0.09 s and 40 MB), for it keeps what it has compiled only where the
 * process may write, and this one may write nothing (T79).
 */
export function findProgram(within = folder): Program {
  const place = placeOf(sources(), within);
  const entry = join(place, "xlsx", "child.mjs");
  if (existsSync(entry)) return { entry, readable: [place, ...packages] };
  return {
    entry: join(root, "src", "xlsx", "child.ts"),
    readable: [...rooms.map((room) => join(root, "src", room)), ...packages],
  };
}

/** Strips the types from the reader's program, once a version of it, and leaves it beside the code. Part of a build. */
export function prepareProgram(within = folder): void {
  const found = sources();
  const place = placeOf(found, within);
  if (existsSync(place)) return;
  const draft = `${place}.${process.pid}`;
  for (const { room, file, text } of found) {
    const plain = stripTypeScriptTypes(text).replace(/\b(from|import) "(\.[^"]*)\.ts"/g, '$1 "$2.mjs"');
    mkdirSync(join(draft, room), { recursive: true });
    writeFileSync(join(draft, room, file.replace(/\.ts$/, ".mjs")), plain);
  }
  try {
    renameSync(draft, place);
  } catch (error) {
    // Somebody else was quicker with the same.
    if (!existsSync(place)) throw error;
    rmSync(draft, { recursive: true });
  }
}
