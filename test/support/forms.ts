/** A form as a page holds it: where it goes, and what a browser would send if it were pressed untouched. */
export interface PageForm {
  method: string;
  action: string;
  fields: { name: string; value: string; type: string }[];
  /** Where the buttons of the form that name a place of their own lead. */
  others: string[];
}

const entities: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', "#34": '"', "#39": "'" };
const plainText = (text: string) => text.replace(/&(amp|lt|gt|quot|#34|#39);/g, (_, name: string) => entities[name]!);

/** The value of an attribute in a tag's text; undefined when it is not there. */
export function attribute(tag: string, name: string): string | undefined {
  const found = tag.match(new RegExp(`\\s${name}(?:="([^"]*)"|(?=[\\s>/]))`));
  return found ? plainText(found[1] ?? "") : undefined;
}

/** Where the links of one of our own pages lead inside the application, as addresses without a fragment. */
export const linksIn = (html: string, path: string): string[] =>
  [...html.matchAll(/<a\b[^>]*>/g)]
    .map(([tag]) => attribute(tag, "href") ?? "")
    .filter((href) => href && !href.startsWith("#") && !/^(mailto|https?):/.test(href))
    .map((href) => (href.startsWith("?") ? path.replace(/\?.*/, "") + href : href.replace(/#.*/, "")));

/** Every form of one of our own pages. `path` is the page's own address: a form without action goes there. */
export function formsIn(html: string, path: string): PageForm[] {
  return [...html.matchAll(/(<form\b[^>]*>)([\s\S]*?)<\/form>/g)].map(([, open, inside]) => {
    const id = attribute(open!, "id");
    const outside = id
      ? [...html.matchAll(new RegExp(`<(?:input|button|select|textarea)\\b[^>]*\\sform="${id}"[^>]*>`, "g"))]
      : [];
    const text = `${inside}${outside.map(([tag]) => tag).join("")}`;
    return {
      method: (attribute(open!, "method") ?? "get").toUpperCase(),
      action: (attribute(open!, "action") ?? path).replace(/#.*/, ""),
      others: [...text.matchAll(/<button\b[^>]*\sformaction="([^"]*)"/g)].map(([, where]) => plainText(where!)),
      fields: [...inputs(text), ...areas(text), ...selects(text)],
    };
  });
}

/** Text, hidden and ticked inputs, and of the buttons the first that carries a value. */
function inputs(text: string) {
  const tags = [...text.matchAll(/<(input|button)\b[^>]*>/g)].map(([tag, kind]) => ({ tag, kind }));
  let pressed = false;
  return tags.flatMap(({ tag, kind }) => {
    const name = attribute(tag, "name");
    const type = attribute(tag, "type") ?? (kind === "button" ? "submit" : "text");
    if (!name || attribute(tag, "disabled") !== undefined) return [];
    if (type === "submit" && pressed) return [];
    if (type === "submit") pressed = true;
    if (/checkbox|radio/.test(type) && attribute(tag, "checked") === undefined) return [];
    return [{ name, type, value: attribute(tag, "value") ?? (/checkbox|radio/.test(type) ? "on" : "") }];
  });
}

const areas = (text: string) =>
  [...text.matchAll(/(<textarea\b[^>]*>)([\s\S]*?)<\/textarea>/g)].flatMap(([, tag, value]) => {
    const name = attribute(tag!, "name");
    return name ? [{ name, type: "textarea", value: plainText(value!) }] : [];
  });

const selects = (text: string) =>
  [...text.matchAll(/(<select\b[^>]*>)([\s\S]*?)<\/select>/g)].flatMap(([, tag, inside]) => {
    const name = attribute(tag!, "name");
    const options = [...inside!.matchAll(/<option\b[^>]*>/g)].map(([option]) => option);
    const chosen = options.find((option) => attribute(option, "selected") !== undefined) ?? options[0];
    return name && chosen ? [{ name, type: "select", value: attribute(chosen, "value") ?? "" }] : [];
  });
