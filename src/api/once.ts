import { hash } from "node:crypto";
import { type SQL, sql } from "drizzle-orm";
import type { Request } from "express";
import type { Actor } from "../access/actor.ts";
import { seal, unseal } from "../access/vault.ts";
import { db, run, type Tx } from "../db/client.ts";
import { AppError, Conflict, TooMany } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import type { Answer } from "./answer.ts";
import { ApiError, problemOf } from "./problem.ts";

/** How long an attempt may run before it counts as dead; no statement of a page takes longer than 15 s. */
const patience = 60;

interface Kept {
  mine: boolean;
  fingerprint: string;
  status: number | null;
  headers: Record<string, string> | null;
  body: string | null;
  subject_id: string | null;
}

interface Attempt {
  key: string;
  clientId: string;
  fingerprint: string;
  holder: string;
}

/**
 * Runs a write at most once for its `Idempotency-Key`: the same request again gets the same answer for a day, another one
 * with the same key 422, one that comes while the first still runs 409. What is made says so in its own transaction
 * (`subject_id`), so an attempt that died before its answer was kept is not made again: `again` tells what it made.
 */
export async function once(
  req: Request,
  actor: Actor,
  body: object,
  work: (actor: Actor) => Promise<Answer>,
  again?: (id: string) => Promise<Answer>,
): Promise<Answer> {
  const key = keyIn(req);
  if (!key) return work(actor);
  const fingerprint = fingerprintOf(req, actor, body);
  const attempt = { key, clientId: actor.clientId!, fingerprint, holder: crypto.randomUUID() };
  const kept = await begin(attempt, actor.accountId);
  if (kept.mine) return keeping(req, attempt, () => work({ ...actor, onChange: (tx, id) => mark(tx, attempt, id) }));

  if (kept.fingerprint !== fingerprint)
    throw new ApiError(422, t("This Idempotency-Key was used for another request. Take a new one for each."));
  if (kept.status !== null) return replayed(kept);
  if (kept.subject_id && again) return again(kept.subject_id);
  if (kept.subject_id)
    throw new Conflict(t("This was done before, and its answer was lost: {id}.", { id: kept.subject_id }));
  throw new ApiError(409, t("The same request is still running. Ask again in a moment."), {
    headers: { "Retry-After": "1" },
  });
}

/**
 * What makes a request the same one: what it asks for, of which version (`If-Match`), and what its token is for, so that no
 * answer is told to a narrower one. `body` as it was read: what nobody read may be nested deeper than can be written (T67).
 */
function fingerprintOf(req: Request, { scopes = [] }: Actor, body: object): string {
  const version = req.get("If-Match") ?? [];
  const asked = [req.method, req.originalUrl, body, scopes.toSorted()].concat(version);
  return hash("sha256", JSON.stringify(asked), "hex");
}

/** Printable ASCII, up to 255 signs, with or without the quotes of a structured header. */
function keyIn(req: Request): string | undefined {
  const given = req.method === "POST" ? req.get("Idempotency-Key") : undefined;
  if (given === undefined) return undefined;
  const key = given.trim().replace(/^"(.*)"$/, "$1");
  if (/^[\x20-\x7e]{1,255}$/.test(key)) return key;
  throw new ApiError(400, t("An Idempotency-Key holds 1 to 255 printable ASCII characters."));
}

/** Takes the key: it is new, a day old, or its attempt died before it changed anything. Else how it stands. */
async function begin({ key, clientId, fingerprint, holder }: Attempt, accountId: string): Promise<Kept> {
  const over = sql`(k.created_at < now() - interval '24 hours' or k.status is null and k.subject_id is null
    and k.fingerprint = excluded.fingerprint and k.created_at < now() - make_interval(secs => ${patience}::int))`;
  const [taken] = await run<Kept>(sql`
    insert into idempotency_keys as k (client_id, account_id, key, fingerprint, holder)
    values (${clientId}, ${accountId}, ${key}, ${fingerprint}, ${holder})
    on conflict (client_id, key) do update set fingerprint = excluded.fingerprint, holder = excluded.holder,
      created_at = now(), status = null, headers = null, body = null, subject_id = null
      where ${over}
    returning true as mine, fingerprint, status, headers, body, subject_id`);
  if (taken) return taken;
  const [kept] = await run<Kept>(sql`
    select false as mine, fingerprint, status, headers, body, subject_id from idempotency_keys
    where client_id = ${clientId} and key = ${key}`);
  // Its attempt was refused in between and left nothing.
  return kept ?? { mine: false, fingerprint, status: null, headers: null, body: null, subject_id: null };
}

const held = ({ clientId, key, holder }: Attempt): SQL =>
  sql`client_id = ${clientId} and key = ${key} and holder = ${holder}`;

/** In the transaction of the change. Who was given up for dead, and is not, changes nothing. */
async function mark(tx: Tx, attempt: Attempt, subjectId: string) {
  const mine = await tx.execute(sql`update idempotency_keys set subject_id = coalesce(subject_id, ${subjectId}::text)
    where ${held(attempt)} returning 1`);
  if (mine.length === 0) throw new Conflict(t("The same request was sent again, and that one counts."));
}

/** Keeps what came out, refusals too: only what may be different next time (429, our own faults) is forgotten. */
async function keeping(req: Request, attempt: Attempt, work: () => Promise<Answer>): Promise<Answer> {
  try {
    const answer = await work();
    await keep(attempt, answer);
    return answer;
  } catch (error) {
    if (error instanceof AppError && error.status < 500 && !(error instanceof TooMany)) {
      const { problem, headers } = problemOf(error, req);
      await keep(attempt, { status: problem.status, headers, body: JSON.stringify(problem) });
    } else {
      await db
        .execute(sql`delete from idempotency_keys where ${held(attempt)} and subject_id is null and status is null`)
        .catch(() => {});
    }
    throw error;
  }
}

const keep = (attempt: Attempt, { status, headers, body }: Answer) =>
  db.execute(sql`update idempotency_keys set status = ${status}, headers = ${JSON.stringify(headers)}::jsonb,
    body = ${seal(body)} where ${held(attempt)}`);

const replayed = ({ status, headers, body }: Kept): Answer => ({
  status: status!,
  headers: { ...headers, "Idempotency-Replayed": "true" },
  body: body ? unseal(body) : "",
});
