import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { today } from "../i18n/format.ts";
import { language } from "../i18n/t.ts";

/** How the bytes of a page leave, as headers call it. */
export type Encoding = "identity" | "gzip" | "br";
type Packed = { identity: Buffer } & Partial<Record<Encoding, Buffer>>;

const pack = {
  gzip: (bytes: Buffer) => gzipSync(bytes),
  br: (bytes: Buffer) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }),
};

/** About 3 KB each. */
const most = 2000;
const parts = new Map<string, string>();
const readers = new WeakMap<object, { minute: number; text: string }>();

/** Of whole pages so many bytes; a page is some 50 KB. */
const mostBytes = 6_000_000;
const pages = new Map<string, Packed>();
let bytesKept = 0;

/** The reader's language and day, in which all parts of a page are written: put together once for each request. */
export function reader(): string {
  const spoken = language();
  const minute = Math.floor(Date.now() / 60_000);
  const known = readers.get(spoken);
  if (known?.minute === minute) return known.text;
  const text = `${JSON.stringify(spoken)} ${today()}`;
  readers.set(spoken, { minute, text });
  return text;
}

/**
 * A partial that was rendered before for the same values, on the same day and in the same language, with all that belongs
 * to one (time zone, country): its HTML. The values are all that it gets, beside words and formats, so nothing else can
 * matter; rights come in as values that this request worked out (T38). The oldest go first.
 */
export function keep(view: string, values: object, render: () => string): string {
  const key = `${view} ${reader()} ${JSON.stringify(values)}`;
  const known = parts.get(key);
  if (known !== undefined) return known;

  if (parts.size >= most) parts.delete(parts.keys().next().value!);
  const html = render();
  // As put together by the view it is a hundred pieces; whoever looks for a sign in it gets them joined.
  html.search("\0");
  parts.set(key, html);
  return html;
}

const sizeOf = ({ identity, gzip, br }: Packed) => identity.length + (gzip?.length ?? 0) + (br?.length ?? 0);

/** Puts a page last in line, and lets the oldest go until it fits. */
function add(key: string, page: Packed) {
  bytesKept += sizeOf(page);
  pages.set(key, page);
  for (const [oldest, each] of pages) {
    if (bytesKept <= mostBytes || oldest === key) break;
    pages.delete(oldest);
    bytesKept -= sizeOf(each);
  }
}

/**
 * A page that was sent before for the same key, as its bytes; else what `render` makes. The oldest go first. What is asked
 * for again is packed once, and then leaves as it is; the first time that is the middleware's.
 */
export function keepPage(key: string, render: () => Buffer, encoding: Encoding): [bytes: Buffer, encoding: Encoding] {
  const known = pages.get(key);
  if (!known) {
    const identity = render();
    add(key, { identity });
    return [identity, "identity"];
  }
  if (!known[encoding]) {
    const packed = pack[encoding as keyof typeof pack](known.identity);
    pages.delete(key);
    bytesKept -= sizeOf(known);
    add(key, { ...known, [encoding]: packed });
    return [packed, encoding];
  }
  return [known[encoding], encoding];
}
