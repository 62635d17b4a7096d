/** What an inline style may set: colour, type, and the inside of boxes; nothing that moves a box over another or hides the page. */
const properties = new Set(
  `background-color border border-bottom border-bottom-color border-bottom-style border-bottom-width border-collapse
  border-color border-left border-left-color border-left-style border-left-width border-radius border-right
  border-right-color border-right-style border-right-width border-spacing border-style border-top border-top-color
  border-top-style border-top-width border-width color direction display float font font-family font-size font-style
  font-variant font-weight height letter-spacing line-height list-style-type margin margin-bottom margin-left margin-right
  margin-top max-height max-width min-width overflow-wrap padding padding-bottom padding-left padding-right padding-top
  table-layout text-align text-decoration text-indent text-transform vertical-align white-space width word-break
  word-spacing word-wrap`.split(/\s+/),
);

/** Words, lengths and colours. A bracket stands in a colour only, so there is no url(), no expression() and no var(). */
const value = /^(?:[#\w\s.,%'"-]|\b(?:rgb|rgba|hsl|hsla)\([\d\s.,%/deg]{1,40}\)){1,200}(?:\s*!important)?$/i;
/** A negative length would pull one box over another. */
const negative = /(?:^|[\s,])-\.?\d/;
const displays = /^(?:none|block|inline|inline-block|table|table-cell|table-row|list-item)\b/i;

/**
 * The safe part of an inline style, or nothing. A list of what is allowed: a declaration with an escape, a comment or a
 * function is dropped whole, so there is nothing that this and a browser could read differently.
 */
export function cleanStyle(style: string): string {
  return style
    .slice(0, 4000)
    .split(";")
    .flatMap((declaration) => {
      const at = declaration.indexOf(":");
      const [name, text] = [declaration.slice(0, at).trim().toLowerCase(), declaration.slice(at + 1).trim()];
      if (at < 0 || !properties.has(name) || !value.test(text) || negative.test(text)) return [];
      if (name === "display" && !displays.test(text)) return [];
      return balanced(text) ? `${name}:${text}` : [];
    })
    .join(";");
}

/** A quote that is not closed would take the next declaration into it. */
const balanced = (text: string) => text.split('"').length % 2 === 1 && text.split("'").length % 2 === 1;
