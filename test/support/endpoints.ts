import type { Endpoint } from "../../src/api/endpoint.ts";
import type { Program } from "./programs.ts";
import { fill, type Home, samplesFor } from "./samples.ts";

export const nameOf = ({ method, path }: Pick<Endpoint, "method" | "path">): string => `${method} ${path}`;

/** The pages of the same thing say what a parameter stands for: members are called users there. */
export const pageOf = ({ path }: Endpoint): string =>
  `/admin${path.replace(/^\/members/, "/users").replace(/^\/audit-events/, "/audit")}`;

/** A fresh, fitting thing for every parameter of an endpoint's path. */
export const idsFor = (line: Endpoint, of: Home): Promise<Record<string, string>> => samplesFor(pageOf(line), of);

/** What some cannot be asked without. */
const asked = (path: string) => (/\/(why|access)$/.test(path) ? `${path}?permission=users.view` : path);

/** Asks an endpoint for these things; a body is empty where none is given. */
export function ask(
  program: Program,
  line: Endpoint,
  ids: Record<string, string>,
  body: object | undefined = line.body && {},
) {
  const method = line.method.toLowerCase() as "get";
  return program.ask(method, asked(fill(line.path, ids)), body, line.ifMatch ? { "If-Match": '"1"' } : {});
}
