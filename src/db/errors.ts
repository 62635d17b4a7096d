import { DrizzleQueryError } from "drizzle-orm";

/** The Postgres error behind a failed query, or undefined: Drizzle wraps it in `cause`. */
function postgresError(error: unknown): { code?: string; constraint_name?: string } | undefined {
  for (let at = error; at && typeof at === "object"; at = (at as { cause?: unknown }).cause) {
    if (typeof (at as { code?: unknown }).code === "string") return at as { code: string; constraint_name?: string };
  }
  return undefined;
}

/** Whether a unique rule of that name (or any) refused the row. */
export function isDuplicate(error: unknown, constraint?: string): boolean {
  const found = postgresError(error);
  return found?.code === "23505" && (!constraint || found.constraint_name === constraint);
}

/** Whether somebody else held what this needed, for longer than it waits or in a ring: it may be tried again at once. */
export function isContended(error: unknown): boolean {
  return ["40P01", "55P03", "40001"].includes(postgresError(error)?.code ?? "");
}

/** Whether the database itself is away, overloaded or read-only: the request may be tried again later (R8, R10, R11). */
export function isUnavailable(error: unknown): boolean {
  const code = postgresError(error)?.code ?? "";
  return /^(CONNECT|ECONN|EPIPE|ETIMEDOUT|ERR_SOCKET|ERR_STREAM|57P0|53|08|25006|57014|55P03)/.test(code);
}

/**
 * An error as it may be kept where people read it: a failed query names its parameters, addresses among them, and the
 * database quotes values in its words. Of those only the code is left (T93); every other error stays as it is.
 */
export function withoutValues(error: unknown): unknown {
  const fromDatabase = error instanceof DrizzleQueryError || (error as Error | undefined)?.name === "PostgresError";
  return fromDatabase
    ? new Error(`The database refused a statement: ${postgresError(error)?.code ?? "no code"}`)
    : error;
}
