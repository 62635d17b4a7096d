import { today } from "../i18n/format.ts";
import { language } from "../i18n/t.ts";

/** About 3 KB each. */
const most = 2000;
const parts = new Map<string, string>();
const readers = new WeakMap<object, { minute: number; text: string }>();

/** Of whole pages so many bytes; a page is some 50 KB. */
const mostBytes = 6_000_000;
const pages = new Map<string, Buffer>();
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

/** A page that was sent before for the same key, as its bytes; else what `render` makes. The oldest go first. */
export function keepPage(key: string, render: () => Buffer): Buffer {
  const known = pages.get(key);
  if (known) return known;

  const bytes = render();
  for (const [oldest, { length }] of pages) {
    if (bytesKept + bytes.length <= mostBytes) break;
    pages.delete(oldest);
    bytesKept -= length;
  }
  pages.set(key, bytes);
  bytesKept += bytes.length;
  return bytes;
}
