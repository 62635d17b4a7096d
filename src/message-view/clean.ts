import type { Attributes, IOptions } from "sanitize-html";
import { config } from "../config.ts";
import { t } from "../i18n/t.ts";
import { isRemotePicture, linkAttributes, linkOf } from "./links.ts";
import { cleanStyle } from "./styles.ts";

/** Everything that a message may be made of. What is not here goes, its text stays. */
const tags =
  `a abbr acronym address article aside b bdi bdo big blockquote br caption center cite code col colgroup dd del dfn dir div
  dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark ol p pre q rp rt ruby s samp
  section small span strike strong sub summary sup table tbody td tfoot th thead time tr tt u ul var wbr`.split(/\s+/);

/** Of these not even the text stays: it is none, or a browser reads it by other rules than the cleaning does. */
const silent =
  `applet audio canvas datalist embed frame frameset iframe listing math noembed noframes noscript object option
  plaintext script select style svg template textarea title video xml xmp`.split(/\s+/);

const everywhere = ["align", "bgcolor", "dir", "height", "lang", "style", "title", "valign", "width"];
const cell = ["colspan", "rowspan", "nowrap"];
const attributes = {
  "*": everywhere,
  a: ["href", "target", "rel", "data-to"],
  img: ["src", "alt", "referrerpolicy"],
  table: ["border", "cellpadding", "cellspacing"],
  td: cell,
  th: cell,
  ol: ["start", "type"],
  li: ["value"],
  font: ["color", "face", "size"],
  col: ["span"],
  colgroup: ["span"],
};

/** What the values of these may be; a number of four digits is more than any screen has. */
const number = /^\d{1,4}$/;
const length = /^\d{1,4}(?:\.\d{1,4})?(?:px|%)?$/;
const small = /^\d{1,2}$/;
const plain = /^[#\w\s.,%'-]{1,100}$/;
const values: Record<string, RegExp> = {
  ...{ width: length, height: length, border: small, cellpadding: number, cellspacing: number },
  ...{ colspan: /^\d{1,3}$/, rowspan: /^\d{1,3}$/, span: /^\d{1,3}$/, start: number, value: number },
  ...{ align: plain, valign: plain, bgcolor: plain, color: plain, face: plain, size: /^[+-]?\d$/, type: /^[1aAiI]$/ },
  ...{ dir: /^(?:ltr|rtl|auto)$/i, lang: /^[a-z-]{1,20}$/i },
};

/** A picture within the message's own text: not SVG, which is a document. */
const ownPicture = /^data:image\/(?:png|jpeg|gif|webp);base64,[a-z0-9+/=\s]{1,2000000}$/i;

export interface Cleaning {
  /** The pictures that the message brought along, as `data:` addresses, by their content id. */
  pictures: ReadonlyMap<string, string>;
  /** Whether its reader asked for what lies on other servers. */
  remote: boolean;
}

/**
 * The content of an HTML message, cleaned by a list of what is allowed (T63, T66): nothing in it runs, moves, is sent or is
 * loaded from elsewhere; links say where they lead. Pictures from other servers come with `remote` only, over HTTPS.
 * Nothing is thrown for any input; more than a hundred elements within another are left out.
 */
export async function cleanHtml(html: string, cleaning: Cleaning): Promise<string> {
  const { default: sanitize } = await import("sanitize-html");
  return sanitize(html, optionsFor(cleaning));
}

const optionsFor = (cleaning: Cleaning): IOptions => ({
  allowedTags: tags,
  nonTextTags: silent,
  allowedAttributes: attributes,
  allowedClasses: { span: ["absent"] },
  allowedSchemes: ["http", "https", "mailto"],
  allowedSchemesByTag: { img: ["https", "data"] },
  allowProtocolRelative: false,
  parseStyleAttributes: false,
  nestingLimit: 100,
  transformTags: {
    "*": (tagName, attribs) => ({ tagName, attribs: valuesOf(attribs) }),
    a: (tagName, { href = "", style = "" }) => {
      const url = linkOf(href);
      return { tagName: url ? tagName : "span", attribs: { style, ...(url ? linkAttributes(url) : {}) } };
    },
    // Without its ground a message in light letters would be white on white.
    body: (_, { bgcolor = "", text = "", style = "" }) => ({
      tagName: "div",
      attribs: { style: `background-color:${bgcolor};color:${text};${style}` },
    }),
    img: (tagName, { src = "", alt = "", ...attribs }) => {
      const found = pictureAt(src.trim(), cleaning);
      if (found) return { tagName, attribs: { ...attribs, src: found, alt, referrerpolicy: "no-referrer" } };
      // A dot that only counts its readers leaves nothing behind.
      const dot = /^[0-3]$/.test(attribs.width ?? "") || /^[0-3]$/.test(attribs.height ?? "");
      const absent: Attributes = dot ? {} : { class: "absent" };
      return { tagName: "span", attribs: absent, text: dot ? "" : alt.slice(0, 200) || t("Picture") };
    },
  },
});

/** The address that a picture is shown from; undefined for one that is not shown. */
function pictureAt(source: string, { pictures, remote }: Cleaning): string | undefined {
  if (/^cid:/i.test(source)) return pictures.get(contentId(source.slice(4)));
  if (ownPicture.test(source)) return source;
  return remote && isRemotePicture(source, new URL(config.BASE_URL).hostname) ? source : undefined;
}

/** A content id as the two that name it write it: in a header within <>, in an address encoded. */
export function contentId(id: string): string {
  const bare = id.trim().replace(/^<|>$/g, "");
  try {
    return decodeURIComponent(bare).toLowerCase();
  } catch {
    return bare.toLowerCase();
  }
}

function valuesOf(attribs: Attributes): Attributes {
  const kept: Attributes = {};
  for (const [name, value] of Object.entries(attribs)) {
    if (name === "style") {
      const style = cleanStyle(value);
      if (style) kept.style = style;
    } else if (values[name]?.test(value.trim()) ?? true) kept[name] = value;
  }
  return kept;
}
