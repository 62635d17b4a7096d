import type { Actor } from "../access/actor.ts";
import { assertWithin } from "../access/limits.ts";
import { Invalid } from "../http/errors.ts";
import { type ImapCode, ImapError, imapWords } from "../imap/error.ts";
import { tryImap } from "../imap/try.ts";
import type { Connection } from "./forms.ts";

/** Beside which field a failure stands: what one would change first. */
const fields: Partial<Record<ImapCode, keyof Connection>> = {
  wrong_password: "password",
  token: "password",
  refused: "port",
  no_tls: "security",
  not_encrypted: "security",
};

/**
 * Signs in with what was typed before anything is saved (M13), outside of any transaction: servers take their time. Throws
 * `Invalid` beside the field that is wrong. Tries are counted: nobody guesses passwords or looks for ports through Muster.
 */
export async function tryConnection(actor: Actor, { host, port, security, username, password }: Connection) {
  await assertWithin([
    { key: `imap-tries:user:${actor.userId}`, points: 30, seconds: 600 },
    { key: `imap-tries:account:${actor.accountId}`, points: 200, seconds: 3600 },
  ]);
  try {
    await tryImap({ host, port, security, username, password });
  } catch (error) {
    if (!(error instanceof ImapError)) throw error;
    throw new Invalid(fields[error.code] ?? "host", imapWords(error.code));
  }
}
