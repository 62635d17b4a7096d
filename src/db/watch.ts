import type { Socket } from "node:net";

const readyForQuery = 0x5a;
/** Client messages that the server answers with ReadyForQuery: Query and Sync. */
const asking = new Set([0x51, 0x53]);

/** Walks over a stream of Postgres messages (a type, a length, a body), however it is cut, and tells each type. */
function walker(tell: (type: number) => void): (chunk: Buffer) => void {
  let header: number[] = [];
  let skip = 0;
  return (chunk) => {
    for (let at = 0; at < chunk.length; ) {
      if (skip > 0) {
        const step = Math.min(skip, chunk.length - at);
        skip -= step;
        at += step;
        continue;
      }
      // A head that came in one piece, as nearly all do.
      if (header.length === 0 && chunk.length - at >= 5) {
        const type = chunk[at]!;
        skip = chunk.readInt32BE(at + 1) - 4;
        at += 5;
        tell(type);
        continue;
      }
      header.push(chunk[at++]!);
      if (header.length < 5) continue;
      const [type, a, b, c, d] = header as [number, number, number, number, number];
      skip = ((a << 24) | (b << 16) | (c << 8) | d) - 4;
      header = [];
      tell(type);
    }
  };
}

/**
 * R10: ends a connection on which the server owes an answer and has been silent for so long: a black hole, a frozen host.
 * Whoever waits gets an error instead of waiting for ever. `startup` bounds the greeting, `answer` each later silence;
 * both in milliseconds, the second above the server's own statement timeout. Call it before the first write.
 */
export function watchForSilence(socket: Socket, limits: { startup: number; answer: number }): void {
  let owed = 1;
  let started = false;

  const giveUp = () => {
    if (owed > 0) socket.destroy(Object.assign(new Error("The database does not answer"), { code: "ETIMEDOUT" }));
  };
  // It goes on when nothing is owed, and then ends nothing: a timer for each statement would cost more than its bytes.
  let timer = setTimeout(giveUp, limits.startup).unref();

  const sent = walker((type) => {
    if (asking.has(type)) owed++;
  });
  const received = walker((type) => {
    if (type !== readyForQuery) return;
    if (!started) {
      clearTimeout(timer);
      timer = setTimeout(giveUp, limits.answer).unref();
    }
    started = true;
    owed = Math.max(0, owed - 1);
  });

  const write = socket.write.bind(socket);
  let greeted = false;
  socket.write = ((chunk: Buffer, ...rest: []) => {
    // The greeting alone has no type byte.
    if (greeted && Buffer.isBuffer(chunk)) sent(chunk);
    greeted = true;
    timer.refresh();
    return write(chunk, ...rest);
  }) as typeof socket.write;

  socket.on("data", (chunk: Buffer) => {
    received(chunk);
    timer.refresh();
  });
  socket.on("close", () => clearTimeout(timer));
}
