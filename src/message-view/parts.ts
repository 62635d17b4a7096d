import type { MessageStructureObject } from "imapflow";
import { fileName } from "../http/attachment.ts";
import { contentId } from "./clean.ts";

/** One part of a message, as its server describes it; sizes are bytes as they are stored (base64 is a third more than the file). */
export interface Part {
  /** Its number in the message: `1.2`. */
  number: string;
  type: string;
  name: string;
  size: number;
  encoding: string;
}

/** A message taken apart: what is read, what it shows, what came with it. */
export interface Parts {
  html?: Part;
  text?: Part;
  /** Pictures that the text may show, by content id. */
  pictures: Map<string, Part>;
  attachments: Part[];
}

/** So many parts are looked at; a message with more is no letter. */
const most = 200;

/**
 * What a message is made of, from the structure that its server gives: nothing of the content is fetched for it. A message
 * within a message is an attachment. Takes any structure, however deep or broken.
 */
export function partsOf(structure: MessageStructureObject | undefined): Parts {
  const found: Parts = { pictures: new Map(), attachments: [] };
  for (const node of leavesOf(structure)) {
    const part = partOf(node);
    const attached = node.disposition === "attachment";
    if (!attached && !found.html && node.type === "text/html") found.html = part;
    else if (!attached && !found.text && node.type === "text/plain") found.text = part;
    else {
      const shown = node.id && /^image\/(png|jpeg|gif|webp)$/.test(node.type) && !attached;
      if (shown && found.html) found.pictures.set(contentId(node.id!), part);
      else found.attachments.push(part);
    }
  }
  return found;
}

function leavesOf(structure: MessageStructureObject | undefined): MessageStructureObject[] {
  const leaves: MessageStructureObject[] = [];
  const waiting = structure ? [structure] : [];
  for (let seen = 0; waiting.length > 0 && seen < most; seen++) {
    const node = waiting.shift()!;
    if (node.type?.startsWith("multipart/")) waiting.unshift(...(node.childNodes ?? []).slice(0, most));
    else leaves.push(node);
  }
  return leaves;
}

function partOf(node: MessageStructureObject): Part {
  const own = node.dispositionParameters?.filename ?? node.parameters?.name ?? "";
  const nested = node.type === "message/rfc822" ? `${node.envelope?.subject || "message"}.eml` : "";
  return {
    number: node.part ?? "1",
    type: /^[\w.+-]{1,60}\/[\w.+-]{1,100}$/.test(node.type) ? node.type : "application/octet-stream",
    name: own || nested,
    size: Number.isSafeInteger(node.size) ? Math.max(0, node.size!) : 0,
    encoding: node.encoding ?? "",
  };
}

/** About how many bytes a part has once it is decoded. */
export const bytesOf = ({ size, encoding }: Part): number =>
  encoding === "base64" ? Math.floor((size * 3) / 4) : size;

/** What a system may run when it is opened, by the end of its name or by its type. */
const running =
  /\.(?:ade|adp|apk|app|appx|bat|chm|cmd|com|cpl|dll|dmg|docm|exe|hta|htm|html|img|inf|ins|iso|jar|jnlp|js|jse|lnk|mht|msc|msi|msp|mst|one|pif|pkg|pptm|ps1|reg|rgs|scr|sct|sh|shb|svg|sys|url|vb|vbe|vbs|vhd|vhdx|wsf|wsh|xht|xhtml|xlam|xlsm|xll)\s*\.*$/i;
const runningTypes =
  /^(?:text\/html|image\/svg|application\/(?:x-ms|x-sh|x-executable|java-archive|javascript|hta|xhtml))/;

/** Whether a file may run something on the computer of who opens it. */
export const mayRun = ({ name, type }: Part): boolean => running.test(fileName(name)) || runningTypes.test(type);
