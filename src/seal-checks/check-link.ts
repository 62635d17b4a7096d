import { contentOf, type EventText, hashOf } from "../seals/canonical.ts";
import type { Finding } from "./finding.ts";

/** A link of the chain, with its event where that is still there, and what the event hashes to since an erasure. */
export interface Link {
  position: number;
  eventId: string;
  salt: string | null;
  content: string;
  hash: string;
  event: EventText | null;
  redacted: string | null;
}

/** What is wrong with one link: with its event, and with how it hangs on the one before (undefined: that one is missing). */
export function checkLink(link: Link, previous: string | undefined): Finding[] {
  const { position, eventId } = link;
  const found: Finding[] = [];
  const note = (kind: Finding["kind"], words: string) => void found.push({ kind, eventId, position, words });
  if (!link.event) note("missing", "It was sealed, and is not in the log any more.");
  else checkEvent(link, link.event, note);
  if (previous !== undefined && hashOf(previous, position, link.content) !== link.hash)
    note("link", "It does not follow the one before: seals were put in another order, exchanged or hashed anew.");
  return found;
}

function checkEvent(link: Link, event: EventText, note: (kind: Finding["kind"], words: string) => void): void {
  const { salt, content, redacted } = link;
  if (salt === null && redacted === null)
    note("altered", "Its salt was taken away, and no erasure says so: what it said cannot be checked.");
  if (salt !== null && contentOf(salt, event) !== content) note("altered", "It does not say what was sealed.");
  else if (redacted !== null && contentOf(null, event) !== redacted)
    note("altered", "It was changed after its personal words were erased.");
}
