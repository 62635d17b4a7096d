import type { Response } from "express";
import { t } from "../i18n/t.ts";
import { escapeHtml } from "./plain.ts";

/**
 * T66: what somebody else wrote stands in a document of its own that runs nothing, sends nothing, knows nothing of the
 * console's cookies, and loads nothing, unless its reader asked for pictures. A click on a link opens a tab of its own.
 * Only our own pages may frame it.
 */
const policyOf = (remote: boolean) =>
  [
    "sandbox allow-popups allow-popups-to-escape-sandbox",
    "default-src 'none'",
    "style-src 'unsafe-inline'",
    `img-src data:${remote ? " https:" : ""}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'self'",
  ].join("; ");

/** Messages are written for white paper. Where a link leads is said behind it, in letters that no message can change. */
const style = `
html{background:#fff;color:#1c2422;color-scheme:light}
body{margin:16px;font:14px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;overflow-wrap:break-word}
pre{white-space:pre-wrap;font:inherit;margin:0}
img{max-width:100%;height:auto}
table{max-width:100%}
blockquote{margin:0 0 0 4px;padding-left:12px;border-left:2px solid #ccd3cf}
a{color:#0b5e49}
a[data-to]::after{content:" [" attr(data-to) "]";font:11px/1.2 ui-monospace,Menlo,monospace!important;color:#59635f!important;
background:#fff!important;letter-spacing:0!important;text-transform:none!important;visibility:visible!important;white-space:normal}
.absent{display:inline-block;padding:1px 6px;border:1px dashed #a9b3ae;border-radius:4px;color:#59635f;background:#fff;font-size:12px}
.note{color:#59635f;font-size:13px}
.end{margin-top:16px;padding-top:8px;border-top:1px solid #dde2df}
`;

interface Framed {
  html: string;
  cut?: boolean;
  remote?: boolean;
}

/** Answers with the document of a message, to be shown in a frame. `html` is clean already. */
export function sendFrame(res: Response, { html, cut = false, remote = false }: Framed): void {
  const body = html || `<p class="note">${escapeHtml(t("This message has no text."))}</p>`;
  const end = cut
    ? `<p class="note end">${escapeHtml(t("The message goes on. Only its beginning is shown here."))}</p>`
    : "";
  res.removeHeader("X-Frame-Options");
  res.set({ "Content-Security-Policy": policyOf(remote), "Referrer-Policy": "no-referrer" });
  res
    .type("html")
    .send(
      `<!doctype html><html><head><meta charset="utf-8"><meta name="referrer" content="no-referrer"><title>${escapeHtml(
        t("Message"),
      )}</title><style>${style}</style></head><body>${body}${end}</body></html>`,
    );
}
