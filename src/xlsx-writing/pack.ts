import { PassThrough } from "node:stream";
import yazl from "yazl";

const declaration = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
/** Text is passed on in pieces of about this many characters. */
const piece = 64 * 1024;
/** A date of its own would make two files of the same rows differ. */
const mtime = new Date(Date.UTC(2000, 0, 1, 12));

/** A zip that is handed on while it is written: nothing of it stays in memory. One part is open at a time. */
export class Pack {
  readonly #zip = new yazl.ZipFile();
  readonly #sent: Promise<void>;
  #part: PassThrough | undefined;
  #text = "";
  #failed: unknown;
  #goOn = () => {};

  constructor(write: (chunk: Uint8Array) => Promise<void>) {
    this.#sent = this.#send(write);
    // Whoever writes next learns of it; until then it is nobody's.
    this.#sent.catch(() => {});
  }

  async #send(write: (chunk: Uint8Array) => Promise<void>) {
    try {
      for await (const chunk of this.#zip.outputStream) await write(chunk as Buffer);
    } catch (error) {
      this.#failed = error;
      this.#part?.destroy();
      throw error;
    }
  }

  /** Begins a part that is written bit by bit. */
  begin(path: string): void {
    this.#part = new PassThrough({ highWaterMark: piece });
    this.#part
      .on("error", () => {})
      .on("drain", () => this.#goOn())
      .on("close", () => this.#goOn());
    this.#text = declaration;
    this.#zip.addReadStream(this.#part, path, { mtime, compressionLevel: 4 });
  }

  /** Adds to the open part; a promise where whoever writes has to wait. */
  add(text: string): Promise<void> | undefined {
    this.#text += text;
    return this.#text.length < piece ? undefined : this.#flush();
  }

  async #flush() {
    if (this.#failed) throw this.#failed;
    const part = this.#part!;
    const waits = new Promise<void>((goOn) => {
      this.#goOn = goOn;
    });
    const full = !part.write(this.#text);
    this.#text = "";
    if (full && !part.destroyed) await waits;
    if (this.#failed) throw this.#failed;
  }

  async end(): Promise<void> {
    await this.#flush();
    this.#part!.end();
    this.#part = undefined;
  }

  /** Adds a small part at once. */
  put(path: string, text: string): void {
    this.#zip.addBuffer(Buffer.from(declaration + text), path, { mtime, compressionLevel: 4 });
  }

  /** Ends the zip and waits until all of it is handed on. */
  async close(): Promise<void> {
    this.#zip.end();
    await this.#sent;
  }
}
