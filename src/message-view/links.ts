/** Where a link of a message may lead. */
const schemes = new Set(["http:", "https:", "mailto:"]);

/** A link as a browser reads it, when it is one of those that a message may hold; else undefined. */
export function linkOf(href: string): URL | undefined {
  if (href.length > 4000 || !URL.canParse(href)) return undefined;
  const url = new URL(href);
  return schemes.has(url.protocol) ? url : undefined;
}

/** What is shown beside a link: where it really leads, whatever its words say. */
export const placeOf = (url: URL): string =>
  url.protocol === "mailto:" ? decoded(url.pathname).slice(0, 100) : url.host;

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The attributes of every link: a tab of its own that learns nothing of where it was opened from. */
export const linkAttributes = (url: URL) => ({
  href: url.href,
  target: "_blank",
  rel: "noopener noreferrer nofollow",
  title: url.href,
  "data-to": placeOf(url),
});

/** A picture somewhere else that may be loaded on demand: over HTTPS, from a host with a public name, on the usual port. */
export function isRemotePicture(source: string, ownHost: string): boolean {
  if (source.length > 4000 || !URL.canParse(source)) return false;
  const { protocol, hostname, port, username, password } = new URL(source);
  if (protocol !== "https:" || port || username || password || hostname === ownHost) return false;
  return (
    /\.[a-z][a-z0-9-]*[a-z0-9]$/.test(hostname) &&
    !/\.(local|localhost|internal|intranet|lan|home|corp)$/.test(hostname)
  );
}
