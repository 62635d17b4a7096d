import { linkAttributes, linkOf } from "./links.ts";

const signs: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** A text as HTML: nothing in it is markup. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (sign) => signs[sign]!);

const address = /\bhttps?:\/\/[^\s<>"'`]{1,2000}/g;

/** A message of plain text as HTML: its lines as they are, what looks like an address as a link. */
export function plainHtml(text: string): string {
  let at = 0;
  let html = "";
  for (const match of text.matchAll(address)) {
    const words = match[0].replace(/[).,;:!?\]}]+$/, "");
    const url = linkOf(words);
    if (!url) continue;
    html += escapeHtml(text.slice(at, match.index)) + anchor(url, words);
    at = match.index + words.length;
  }
  return `<pre>${html}${escapeHtml(text.slice(at))}</pre>`;
}

/** The words are the address already, so it is not said twice. */
function anchor(url: URL, words: string): string {
  const { "data-to": _, ...attributes } = linkAttributes(url);
  const written = Object.entries(attributes).map(([name, value]) => ` ${name}="${escapeHtml(value)}"`);
  return `<a${written.join("")}>${escapeHtml(words)}</a>`;
}
