import type { ImapFlow } from "imapflow";
import { cleanHtml, contentId } from "./clean.ts";
import type { Part, Parts } from "./parts.ts";
import { plainHtml } from "./plain.ts";

/** At most so much of a message is shown: bytes of text, tags in it (no letter has more), pictures, bytes of all of them. */
export const most = { text: 200_000, tags: 15_000, pictures: 20, pictureBytes: 3_000_000 };

export interface Content {
  /** Clean: may be put into a page that runs and loads nothing. */
  html: string;
  /** Whether it is longer than what is shown. */
  cut: boolean;
}

/**
 * What a message says, ready to be shown; its folder is open. Fetches the part that is shown and the pictures in it, never
 * the whole message. HTML goes before plain text. A part that the server does not hand out is empty.
 */
export async function contentOf(client: ImapFlow, uid: number, parts: Parts, remote: boolean): Promise<Content> {
  const part = parts.html ?? parts.text;
  if (!part) return { html: "", cut: false };
  const { text, cut } = await textOf(client, uid, part);
  if (!parts.html) return { html: plainHtml(text), cut };
  const html = firstTags(text);
  const pictures = await picturesOf(client, uid, parts, html);
  return { html: await cleanHtml(html, { pictures, remote }), cut: cut || html.length < text.length };
}

/** What a program is given of a message: its texts, null where it has none. */
export interface Texts {
  plain: string | null;
  /** Clean as for a page, and without the pictures that the message brings. */
  html: string | null;
  cut: boolean;
}

/** The same for a program: both texts of a message, where it brings both. */
export async function textsOf(client: ImapFlow, uid: number, { text, html }: Parts): Promise<Texts> {
  const plain = text && (await textOf(client, uid, text));
  const rich = html && (await textOf(client, uid, html));
  const shown = rich && firstTags(rich.text);
  return {
    plain: plain?.text ?? null,
    html: shown === undefined ? null : await cleanHtml(shown, { pictures: new Map(), remote: false }),
    cut: Boolean(plain?.cut || rich?.cut || (rich && shown!.length < rich.text.length)),
  };
}

/** As much of it as has so many tags: what is nested without end would take the cleaning the square of its length. */
export function firstTags(html: string): string {
  let at = -1;
  for (let tags = 0; tags <= most.tags; tags++) {
    at = html.indexOf("<", at + 1);
    if (at < 0) return html;
  }
  return html.slice(0, at);
}

/** Whether an HTML message would load something from elsewhere if it could. */
export async function asksForMore(client: ImapFlow, uid: number, { html }: Parts): Promise<boolean> {
  if (!html) return false;
  const { text } = await textOf(client, uid, html);
  return /<(?:img|image|input)\b[^<>]*\bsrc\s*=\s*["']?\s*https?:/i.test(text);
}

/** A part of text in UTF-8, whatever it was written in; an unknown alphabet is read as Latin. */
async function textOf(client: ImapFlow, uid: number, part: Part): Promise<{ text: string; cut: boolean }> {
  const bytes = await bytesOf(client, uid, part, most.text);
  const text = new TextDecoder().decode(bytes).replaceAll("\u0000", "");
  return { text, cut: bytes.length >= most.text };
}

async function bytesOf(client: ImapFlow, uid: number, part: Part, maxBytes: number): Promise<Buffer> {
  const { content } = await client.download(String(uid), part.number, { uid: true, maxBytes });
  const chunks: Buffer[] = [];
  for await (const chunk of content ?? []) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** The pictures that the text names and the message brings, as addresses that hold them. */
async function picturesOf(client: ImapFlow, uid: number, parts: Parts, html: string): Promise<Map<string, string>> {
  const named = new Set([...html.matchAll(/\bcid:([^"'\s<>)]{1,300})/gi)].map(([, id]) => contentId(id!)));
  const pictures = new Map<string, string>();
  let left = most.pictureBytes;
  for (const id of named) {
    const part = parts.pictures.get(id);
    if (!part || part.size > left * 1.4) continue;
    const bytes = await bytesOf(client, uid, part, left);
    left -= bytes.length;
    pictures.set(id, `data:${part.type};base64,${bytes.toString("base64")}`);
    if (pictures.size >= most.pictures || left <= 0) break;
  }
  return pictures;
}
