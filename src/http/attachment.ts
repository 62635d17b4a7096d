/** What a file name may not hold: control and direction characters, what separates folders, what systems reserve. */
const unsafe = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"\\/:*?<>|]/g;

/** A name as a file may be called on any system: one line, at most 150 characters, its extension kept; never empty. */
export function fileName(name: string): string {
  const clean = name.toWellFormed().normalize("NFC").replace(unsafe, " ").replace(/\s+/g, " ").trim();
  const bare = clean.replace(/^[. ]+/, "") || "file";
  const extension = /\.[A-Za-z0-9]{1,8}$/.exec(bare)?.[0] ?? "";
  const stem = bare.slice(0, bare.length - extension.length);
  return `${[...stem].slice(0, 150 - extension.length).join("")}${extension}`;
}

/** RFC 8187: everything but what an extended value may hold as it is. */
const encoded = (name: string) => encodeURIComponent(name).replace(/['()*!]/g, (sign) => hex(sign));
const hex = (sign: string) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`;

/**
 * T89: the headers of a file that is saved, never shown: RFC 6266 with the name twice, for old programs in plain letters;
 * nothing of it runs if it is opened all the same. That types are not guessed and nothing is cached holds for every answer.
 */
export function attachment(name: string, mediaType: string): Record<string, string> {
  const safe = fileName(name);
  const plain = safe.normalize("NFKD").replace(/[^A-Za-z0-9 ._()+@,-]/g, "_");
  return {
    "Content-Type": mediaType,
    "Content-Disposition": `attachment; filename="${plain}"; filename*=UTF-8''${encoded(safe)}`,
    "Content-Security-Policy": "sandbox; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
  };
}
