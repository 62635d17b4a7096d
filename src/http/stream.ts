import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Response } from "express";

/**
 * Answers with what comes, as the reader takes it: no more is made than is taken. Whoever leaves early is no error. The
 * headers are set once the first part is there: what fails before is answered with a page, and not saved as the file.
 */
export async function sendStream(
  res: Response,
  headers: Record<string, string>,
  parts: AsyncIterable<string | Uint8Array>,
): Promise<void> {
  if (res.req.method === "HEAD") {
    res.set(headers).end();
    return;
  }
  const rest = parts[Symbol.asyncIterator]();
  const first = await rest.next();
  res.set(headers);
  await pipeline(Readable.from(joined(first, rest)), res).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ERR_STREAM_PREMATURE_CLOSE") throw error;
  });
}

async function* joined<Part>(first: IteratorResult<Part>, rest: AsyncIterator<Part>): AsyncGenerator<Part> {
  try {
    for (let part = first; !part.done; part = await rest.next()) yield part.value;
  } finally {
    await rest.return?.();
  }
}
