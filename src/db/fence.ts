import type { Sql } from "postgres";
import { type Naming, named } from "./named.ts";

/** The code of an error of the database or of its connection; Drizzle keeps it in `cause`. */
function codeOf(error: unknown): string {
  const { code, cause } = (error ?? {}) as { code?: unknown; cause?: { code?: unknown } };
  return String(code ?? cause?.code ?? "");
}

const isLoss = (error: unknown) =>
  /^(CONNECTION_|ECONN|EPIPE|ETIMEDOUT|ERR_SOCKET|ERR_STREAM|57P0)/.test(codeOf(error));

/** Only tells that an earlier statement failed. */
const isEcho = (error: unknown) => codeOf(error) === "25P02";

type Work = (tx: object) => unknown;
type Call = (...args: unknown[]) => unknown;
type Statement = Promise<unknown> & { handle(): unknown };

/** What a transaction and its savepoints share: how their statements are named, and whether their connection is gone, and by what. */
interface Line {
  naming: Naming;
  lost?: unknown;
}

/** What has become of the statements of one transaction, or of one savepoint. */
interface Scope {
  /** The first that failed: the server takes everything back, whatever follows. */
  failed?: unknown;
  /** Settles with the one that was sent last, and so after all others. */
  answered?: Promise<void>;
  /** The callback has ended; nothing more belongs here. */
  over?: boolean;
}

/**
 * postgres.js sends `rollback`, or the callback's next statement, over a connection that has just been lost. The write
 * fails outside any promise, or lands on the replacement connection outside the transaction (R9). So: once the connection
 * is lost no further statement gets through, and the callback never settles; `begin` itself rejects on the loss.
 *
 * A statement takes its place before the commit when it is made, waited for or not (`later`). One that fails fails the
 * transaction, even where nobody waited: the server answers its commit with a rollback, and with no error.
 */
export function fence(client: Sql, naming: Naming = named): Sql {
  const begin = client.begin.bind(client) as (...args: unknown[]) => Promise<unknown>;

  client.begin = ((...args: unknown[]) => {
    const work = args.pop() as Work;
    const line: Line = { naming };
    const scope: Scope = {};

    const transaction = begin(
      ...args,
      (tx: object) =>
        new Promise((resolve, reject) => {
          inside(tx, work, line, scope).then(
            (value) => line.lost || resolve(value),
            (error) => {
              if (isLoss(error)) line.lost ??= error;
              if (!line.lost) reject(error);
            },
          );
        }),
    );
    transaction.catch((error) => {
      line.lost ??= error;
    });
    return transaction.then((value) => {
      if (scope.failed) throw scope.failed;
      return value;
    });
  }) as typeof client.begin;

  return client;
}

async function inside(tx: object, work: Work, line: Line, scope: Scope): Promise<unknown> {
  try {
    return await work(guard(tx, line, scope));
  } catch (error) {
    throw (isEcho(error) && scope.failed) || error;
  } finally {
    scope.over = true;
  }
}

/** A savepoint is as good as its statements, so their answers are waited for. */
async function insideSavepoint(tx: object, work: Work, line: Line): Promise<unknown> {
  const scope: Scope = {};
  const value = await inside(tx, work, line, scope);
  await scope.answered;
  if (scope.failed) throw scope.failed;
  return value;
}

function guard(tx: object, line: Line, scope: Scope): object {
  const assertOpen = () => {
    if (line.lost) throw line.lost;
    if (scope.over) throw new Error("A statement came after the end of its transaction.");
  };
  return new Proxy(tx as never, {
    apply(target, self, call) {
      assertOpen();
      return Reflect.apply(target, self, call);
    },
    get(target, key) {
      const value = target[key] as unknown;
      if (key !== "unsafe" && key !== "savepoint") return value;
      return (...call: unknown[]) => {
        assertOpen();
        if (key === "unsafe") return send((value as Call).apply(target, line.naming(call)) as Statement, line, scope);
        const work = call.pop() as Work;
        return (value as Call).call(target, ...call, (inner: object) => insideSavepoint(inner, work, line));
      };
    },
  });
}

function send(statement: Statement, line: Line, scope: Scope): Statement {
  statement.handle();
  // The plain `then`: the statement's own would hand its error to nobody.
  scope.answered = Promise.prototype.then.call(
    statement,
    () => {},
    (error) => {
      if (isLoss(error)) line.lost ??= error;
      scope.failed ??= error;
    },
  ) as Promise<void>;
  return statement;
}
