import { createRequire } from "node:module";
import { hash, verify } from "@node-rs/argon2";
import { sql } from "drizzle-orm";
import { instanceName } from "../access/instance-settings.ts";
import { standBehind } from "../behind.ts";
import { config } from "../config.ts";
import type { Reader } from "../db/client.ts";
import { Invalid } from "../http/errors.ts";
import { t } from "../i18n/t.ts";

/** OWASP Password Storage: argon2id, 19 MiB, two passes, one lane. */
const settings = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

let waiting: (() => void)[] = [];
let running = 0;

let behind = false;

/** Node's own pool stands behind the thread that answers, so that a storm of sign-ins slows sign-ins and little else. */
function hashBehindPages() {
  if (behind) return;
  behind = true;
  // They are there after the first hash.
  standBehind((name) => name === "libuv-worker");
}

/** Bounds how many hashes run at once: a storm of sign-ins costs time, not memory (T43). */
async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  while (running >= config.PASSWORD_HASHES_AT_ONCE) await new Promise<void>((turn) => waiting.push(turn));
  running++;
  try {
    return await work();
  } finally {
    hashBehindPages();
    running--;
    const [next, ...rest] = waiting;
    waiting = rest;
    next?.();
  }
}

/** How many hashes are made at this moment, and how many wait for their turn. */
export const hashQueue = () => ({ running, waiting: waiting.length });

export const hashPassword = (password: string): Promise<string> => inTurn(() => hash(password, settings));

/** Whether a stored hash was made with other settings than today's: it is made anew at the next sign-in. */
export const isOutdated = (stored: string): boolean =>
  !stored.startsWith(`$argon2id$v=19$m=${settings.memoryCost},t=${settings.timeCost},p=${settings.parallelism}$`);

let dummy: Promise<string> | undefined;

/** Checks a password; for somebody who has none, or does not exist, it takes just as long and is false (T33). */
export async function checkPassword(stored: string | null | undefined, password: string): Promise<boolean> {
  if (Buffer.byteLength(password) > 1024) return false;
  dummy ??= hashPassword(crypto.randomUUID());
  const substitute = await dummy;
  const right = await inTurn(() => verify(stored ?? substitute, password).catch(() => false));
  return right && Boolean(stored);
}

let common: Set<string> | undefined;

/** 49,000 passwords that everybody tries first; read when the first new password is judged, not at every start. */
function isCommon(password: string): boolean {
  if (!common) {
    const { dictionary } = createRequire(import.meta.url)("@zxcvbn-ts/language-common") as {
      dictionary: Record<string, string[]>;
    };
    common = new Set(dictionary["passwords-common"]);
  }
  return common.has(password) || common.has(password.replace(/[^a-z]+$/, ""));
}

interface Named {
  /** Of whoever has a profile already. */
  id?: string;
  email: string;
  firstName: string;
  lastName: string;
}

/**
 * What somebody's password must not be (ASVS 6.1.2): their own name and address, what this installation is called, and what
 * the accounts are called that they are in, are invited to, or that have their address's domain.
 */
export async function wordsAgainst(reader: Pick<Reader, "execute">, { id, email, firstName, lastName }: Named) {
  const around = await reader.execute<{ name: string }>(sql`
    select a.name from accounts a join (
      select account_id from members where user_id = ${id ?? null}::uuid and status in ('invited', 'active', 'blocked', 'waiting')
      union select account_id from members where user_id is null and email = ${email} and status = 'invited'
      union select account_id from domains where name = split_part(${email}, '@', 2) and ended_at is null
    ) around on around.account_id = a.id limit 100`);
  const hosts = [config.MAIL_DOMAIN, new URL(config.BASE_URL).hostname];
  return [email, firstName, lastName, instanceName(), ...hosts, ...around.map(({ name }) => name)];
}

const bare = (text: string) => text.replaceAll(/[^\p{L}\p{N}]/gu, "");

/** The rules for a new password (ASVS 6.2): a message when it is refused, else undefined. `words` are what it must not be. */
export function passwordProblem(password: string, words: string[] = []): string | undefined {
  const min = config.PASSWORD_MIN_LENGTH;
  const lower = password.toLowerCase();
  if ([...password].length < min) return t("At least {min} characters, please.", { min });
  if (Buffer.byteLength(password) > 1024) return t("This is longer than 1,024 bytes.");
  if (isCommon(lower)) return t("This password is on the list of the most common ones. Choose another.");
  if (new Set(lower).size < 4) return t("This repeats the same few characters. Choose another.");
  const plain = bare(lower);
  const said = [plain, plain.replace(/\p{N}+$/u, "")];
  if (words.some((word) => word.length >= 4 && said.includes(bare(word.toLowerCase()))))
    return t("This is a name or an address of yours, of an account or of this installation. Choose another.");
  return undefined;
}

/** The same as a refusal beside the field `password`, for verbs. */
export function assertGoodPassword(password: string, words: string[] = []): void {
  const problem = passwordProblem(password, words);
  if (problem) throw new Invalid("password", problem);
}
