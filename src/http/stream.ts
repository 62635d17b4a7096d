import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Response } from "express";

/** Answers with what comes, as the reader takes it: no more is made than is taken. Whoever leaves early is no error. */
export async function sendStream(res: Response, parts: AsyncIterable<string | Uint8Array>): Promise<void> {
  if (res.req.method === "HEAD") {
    res.end();
    return;
  }
  await pipeline(Readable.from(parts), res).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ERR_STREAM_PREMATURE_CLOSE") throw error;
  });
}
