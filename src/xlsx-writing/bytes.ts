import { PassThrough } from "node:stream";

/** What somebody writes, as bytes for somebody else to read: whoever writes waits for whoever reads. */
export interface Pipe {
  /** Refused as soon as nobody reads any more. */
  write(chunk: Uint8Array): Promise<void>;
  end(): void;
  /** The reader gets this error instead of an end. */
  fail(error: Error): void;
  bytes: AsyncIterable<Uint8Array>;
}

/** Opens a pipe that holds some hundred kilobytes at most. */
export function openPipe(): Pipe {
  const through = new PassThrough({ highWaterMark: 256 * 1024 });
  let goOn = () => {};
  through
    .on("error", () => {})
    .on("drain", () => goOn())
    .on("close", () => goOn());
  return {
    async write(chunk) {
      if (through.destroyed) throw new Error("nobody reads what is written any more");
      const drained = new Promise<void>((resolve) => {
        goOn = resolve;
      });
      if (!through.write(chunk) && !through.destroyed) await drained;
    },
    end: () => void through.end(),
    fail: (error) => void through.destroy(error),
    bytes: through,
  };
}

/** The bytes that `fill` writes. An error of it is thrown to the reader; when the reader leaves early, its next piece is refused. */
export async function* bytesOf(fill: (write: Pipe["write"]) => Promise<void>): AsyncGenerator<Uint8Array> {
  const pipe = openPipe();
  const filled = fill(pipe.write).then(pipe.end, pipe.fail);
  try {
    yield* pipe.bytes;
  } finally {
    pipe.fail(new Error("nobody reads what is written any more"));
    await filled;
  }
}
