/** One of six quiet colours for an avatar: the same for the same text, everywhere. A class name of app.css. */
export function tone(text: string): string {
  let sum = 0;
  for (const letter of text) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 997;
  return `tone-${sum % 6}`;
}
