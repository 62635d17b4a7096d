import { hash } from "node:crypto";

/** The key under which a session is stored: the SHA-256 of its id. */
export const hashed = (sid: string): string => hash("sha256", sid);

/** What a session says, but for its cookie, whose end slides. */
export const contents = (data: object): string =>
  JSON.stringify(data, (key, value: unknown) => (key === "cookie" ? undefined : value));

/**
 * Without waiting for the disk: a crash of the database loses at most a message that was to be shown. Beginnings and ends of
 * sessions are waited for.
 */
export const rewrite = `
  with hasty as (select set_config('synchronous_commit', 'off', true))
  update sessions set sess = $2, expire = $3, used_at = now() from hasty where sid = $1`;

/** Its idle time begins anew. */
export const slide = "update sessions set expire = $2, used_at = now() where sid = $1";

/** A session as it is inserted: its stored key, what it says as JSON, and when it ends. */
export interface NewRow {
  sid: string;
  sess: string;
  expires: string;
}
