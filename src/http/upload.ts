import type { Readable } from "node:stream";
import { Busboy, type BusboyHeaders, type BusboyInstance } from "@fastify/busboy";
import type { Request } from "express";
import { t } from "../i18n/t.ts";
import { AppError, Invalid, TooLarge } from "./errors.ts";

export interface Upload {
  /** The name that the sender gives it: to be shown, never a path. */
  name: string;
  /** To be read to its end; that comes when the whole form has arrived and is in order, else the error that refuses it. */
  bytes: AsyncIterable<Uint8Array>;
}

export interface UploadLimits {
  /** The name of the form's file field; everything else in the form is let pass by. */
  field: string;
  megabytes: number;
  /** In which all of it has to arrive. */
  seconds: number;
  /** What is said of a larger one, where megabytes are no good measure. */
  tooLarge?: () => string;
}

const megabyte = 1024 * 1024;

const unreadable = () => new AppError(400, t("Your browser sent something that this page does not understand."));
const brokeOff = () => new AppError(400, t("The upload broke off. Nothing of it was kept."));
const missing = ({ field }: UploadLimits) => new Invalid(field, t("Choose a file first."));
const tooLarge = ({ field, megabytes, tooLarge: words }: UploadLimits) =>
  new TooLarge(field, words?.() ?? t("The file is larger than {megabytes} MB.", { megabytes }));
const tooSlow = ({ field, seconds }: UploadLimits) =>
  new Invalid(field, t("The file did not arrive within {seconds} seconds. Try again with a faster line.", { seconds }));

/**
 * Reads the one file of a posted form and hands it to `keep` as it arrives; memory holds a few pieces of it. Whatever goes
 * wrong ends the file with that error, waits until `keep` has tidied up, and throws it: Invalid where none was chosen or it
 * came too slowly, TooLarge while it is still arriving, 400 for a form that cannot be read or a sender who went away (T75,
 * T76). What `keep` throws itself ends the reading. The rest of a refused upload is let pass by, so that the answer is read.
 */
export async function receiveUpload<T>(
  req: Request,
  limits: UploadLimits,
  keep: (upload: Upload) => Promise<T>,
): Promise<T> {
  if (!req.is("multipart/form-data")) throw missing(limits);
  // What stands round the file is short: a form that says it is longer holds a larger file.
  if (Number(req.get("Content-Length")) > limits.megabytes * megabyte + 65_536) throw tooLarge(limits);

  const parser = parserFor(req, limits);
  const reading = read(req, parser, limits, keep);
  const wait = setTimeout(() => reading.fail(tooSlow(limits)), limits.seconds * 1000);
  try {
    await reading.done;
    if (!reading.kept) throw missing(limits);
    return await reading.kept;
  } catch (error) {
    reading.file?.destroy(error as Error);
    await reading.kept?.catch(() => {});
    throw error;
  } finally {
    clearTimeout(wait);
    letPass(req, parser, limits);
  }
}

function parserFor(req: Request, { megabytes }: UploadLimits) {
  try {
    return new Busboy({
      headers: req.headers as BusboyHeaders,
      limits: {
        fileSize: megabytes * megabyte,
        files: 1,
        fields: 10,
        parts: 11,
        fieldSize: 10_000,
        headerPairs: 20,
        headerSize: 8_192,
      },
    });
  } catch {
    throw unreadable();
  }
}

interface Reading<T> {
  done: Promise<void>;
  fail: (error: Error) => void;
  file?: Readable;
  kept?: Promise<T>;
}

function read<T>(
  req: Request,
  parser: BusboyInstance,
  limits: UploadLimits,
  keep: (upload: Upload) => Promise<T>,
): Reading<T> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const reading: Reading<T> = { done: promise, fail: reject };
  parser.on("file", (field, file, name) => {
    // The parser reports a broken form here as well as on itself; whoever stops reading ends the file in their own name.
    file.on("error", () => file.destroyed || reject(unreadable()));
    // A form without a chosen file sends one without name and bytes.
    if (field !== limits.field || !name) return void file.resume();
    file.on("limit", () => reject(tooLarge(limits)));
    reading.file = file;
    reading.kept = keep({ name, bytes: whole(file, promise) });
    reading.kept.catch(reject);
  });
  parser.on("error", () => reject(unreadable()));
  for (const limit of ["partsLimit", "filesLimit", "fieldsLimit"] as const)
    parser.on(limit, () => reject(unreadable()));
  parser.on("finish", resolve);
  const gone = () => req.complete || reject(brokeOff());
  // Or it went before anybody listened.
  if (req.destroyed || req.socket.destroyed) gone();
  req.on("close", gone);
  req.pipe(parser);
  return reading;
}

/**
 * The bytes of a request whose body is the file itself, for `keep` to read as they arrive; limits and errors are those of a
 * posted form.
 */
export async function receiveBody<T>(
  req: Request,
  limits: UploadLimits,
  keep: (bytes: AsyncIterable<Uint8Array>) => Promise<T>,
): Promise<T> {
  if (Number(req.get("Content-Length")) > limits.megabytes * megabyte) throw tooLarge(limits);
  const late = Promise.withResolvers<never>();
  late.promise.catch(() => {});
  const wait = setTimeout(() => late.reject(tooSlow(limits)), limits.seconds * 1000);
  try {
    return await keep(bounded(req, limits, late.promise));
  } finally {
    clearTimeout(wait);
    drain(req, limits);
  }
}

async function* bounded(req: Request, limits: UploadLimits, late: Promise<never>): AsyncGenerator<Uint8Array> {
  const pieces = req.iterator({ destroyOnReturn: false })[Symbol.asyncIterator]();
  for (let size = 0; ; ) {
    const { done, value } = await Promise.race([pieces.next(), late]).catch((error: unknown) => {
      throw error instanceof AppError ? error : brokeOff();
    });
    if (done) return;
    size += (value as Buffer).length;
    if (size > limits.megabytes * megabyte) throw tooLarge(limits);
    yield value as Buffer;
  }
}

/** Whoever keeps the file finishes only when the form behind it is in order as well. */
async function* whole(file: Readable, done: Promise<void>): AsyncGenerator<Uint8Array> {
  yield* file;
  await done;
}

/** Browsers read an answer when they have sent everything: the rest is thrown away as it comes, for so long as it may take. */
function letPass(req: Request, parser: BusboyInstance, { seconds }: UploadLimits) {
  req.unpipe(parser);
  parser.removeAllListeners("finish");
  drain(req, { seconds });
}

function drain(req: Request, { seconds }: Pick<UploadLimits, "seconds">) {
  if (req.complete || req.destroyed) return;
  req.resume();
  const end = setTimeout(() => req.destroy(), seconds * 1000).unref();
  req.once("end", () => clearTimeout(end));
}
