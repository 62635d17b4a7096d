import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { brotliCompressSync, constants } from "node:zlib";
import { iconNames } from "./icons.ts";

const require = createRequire(import.meta.url);
const ours = (name: string) => readFileSync(new URL(`../../public/${name}`, import.meta.url), "utf8");

/** One SVG file with a symbol for each icon that the console uses (Lucide, ISC licence). */
function iconSprite(): string {
  const symbols = iconNames.map((name) => {
    const svg = readFileSync(require.resolve(`lucide-static/icons/${name}.svg`), "utf8");
    const shapes = svg
      .slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>"))
      .replace(/\s*\n\s*/g, "");
    return `<symbol id="${name}" viewBox="0 0 24 24">${shapes}</symbol>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`;
}

const files: Record<string, { type: string; read: () => string }> = {
  "app.css": { type: "text/css; charset=utf-8", read: () => ours("app.css") },
  "app.js": { type: "text/javascript; charset=utf-8", read: () => ours("app.js") },
  "filter.js": { type: "text/javascript; charset=utf-8", read: () => ours("filter.js") },
  "passkey.js": { type: "text/javascript; charset=utf-8", read: () => ours("passkey.js") },
  "upload.js": { type: "text/javascript; charset=utf-8", read: () => ours("upload.js") },
  "htmx.js": {
    type: "text/javascript; charset=utf-8",
    read: () => readFileSync(require.resolve("htmx.org/dist/htmx.min.js"), "utf8"),
  },
  "icons.svg": { type: "image/svg+xml; charset=utf-8", read: iconSprite },
  "favicon.svg": { type: "image/svg+xml; charset=utf-8", read: () => ours("favicon.svg") },
};

interface Asset {
  type: string;
  hash: string;
  body: Buffer;
  brotli: Buffer;
}

const development = process.env.NODE_ENV === "development";
const loaded = new Map<string, Asset>();

/** An asset, read and compressed once; in development again whenever its content changed. */
function load(name: string): Asset {
  const cached = loaded.get(name);
  if (cached && !development) return cached;

  const body = Buffer.from(files[name]!.read());
  const hash = createHash("sha256").update(body).digest("base64url").slice(0, 12);
  if (cached?.hash === hash) return cached;
  const brotli = brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } });
  const asset = { type: files[name]!.type, hash, body, brotli };
  loaded.set(name, asset);
  return asset;
}

/** The address of an asset, with its content's hash: it may be cached for ever. */
export const asset = (name: string) => `/assets/${load(name).hash}/${name}`;

/** The file behind an asset's name, or undefined; `current` says whether the hash is that of its present content. */
export function findAsset(name: string | undefined, hash: string | undefined) {
  if (!name || !Object.hasOwn(files, name)) return undefined;
  const found = load(name);
  return { ...found, current: found.hash === hash };
}
