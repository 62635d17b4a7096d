import type { Response } from "express";
import { attachment } from "../http/attachment.ts";
import { sendStream } from "../http/stream.ts";
import { readFile } from "./read.ts";
import type { StoredFile } from "./store.ts";

/** Answers with a file to be saved (T89), streamed as the reader takes it. Whoever leaves early gets no more; that is no error. */
export async function sendFile(res: Response, file: StoredFile): Promise<void> {
  const headers = { ...attachment(file.name, file.mediaType), "Content-Length": String(file.size) };
  await sendStream(res, headers, readFile(file.id));
}
