import { createHash } from "node:crypto";
import { type EventText, hashOf } from "../seals/canonical.ts";
import { checkFile, type Key, type Place } from "../seals/head.ts";
import { checkLink } from "./check-link.ts";
import type { Finding } from "./finding.ts";

export interface FileChecked {
  account: string;
  exportedAt: string;
  events: number;
  redacted: number;
  head: Place | undefined;
  /** Whether the whole file is as it left; `unknown`: the key is not here. */
  file: "good" | "forged" | "unknown";
}

interface Line {
  muster?: string;
  account?: { id: string; name: string };
  exported_at?: string;
  start?: Place;
  event?: EventText;
  proof?: { position: number; salt: string | null; content: string; hash: string; redacted?: string };
  others?: string[];
  head?: Place;
  events?: number;
  file?: { key_id: string; mac: string };
}

/** The lines of a text that comes in pieces: only a line feed ends one, what else some programs take for an end stands inside of texts. */
export async function* linesOf(parts: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = "";
  for await (const part of parts) {
    const lines = (rest + part).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
  if (rest) yield rest;
}

/**
 * Checks an exported log line by line, without a database: that every event is what was sealed, that the chain between them
 * holds, that it ends at its head. With the keys of the installation also that the file is as it left, byte by byte: nothing
 * else tells that no event of the account was left out.
 */
export async function* checkExport(
  lines: AsyncIterable<string>,
  { keys, expected }: { keys: Key[]; expected?: Place },
): AsyncGenerator<Finding, FileChecked> {
  const told: FileChecked = { account: "", exportedAt: "", events: 0, redacted: 0, head: undefined, file: "unknown" };
  const sum = createHash("sha256");
  const seen = { at: undefined as Place | undefined, expected: !expected, ended: false };
  let number = 0;
  const wrong = (words: string, position?: number): Finding => ({
    ...{ kind: "file", words: `Line ${number}: ${words}` },
    ...(position === undefined ? {} : { position }),
  });
  const step = (position: number, hash: string): Finding[] => {
    seen.at = { position, hash };
    if (expected?.position !== position) return [];
    seen.expected = true;
    return hash === expected.hash ? [] : [wrong("Here the chain is not the one that was written down.", position)];
  };

  for await (const text of lines) {
    number++;
    const line = parsed(text);
    if (!line || seen.ended) {
      yield wrong(line ? "Something follows the end." : "This is not JSON.");
      continue;
    }
    if (line.file) {
      seen.ended = true;
      told.file = checkFile(sum.digest("hex"), line.file, keys);
      if (told.file === "forged") yield wrong("The file is not as it left: something was changed, left out or added.");
      continue;
    }
    sum.update(`${text}\n`);
    if (line.muster) Object.assign(told, { account: line.account?.name ?? "", exportedAt: line.exported_at ?? "" });
    else if (line.start && !seen.at) yield* step(line.start.position, line.start.hash);
    else if (!seen.at) yield wrong("The beginning is missing.");
    else if (line.event && line.proof) {
      const { event, proof } = line;
      told.events++;
      if (proof.salt === null) told.redacted++;
      if (proof.position !== seen.at.position + 1) yield wrong("Its position does not follow.", proof.position);
      yield* checkLink(
        { ...proof, eventId: String(event.id), event, redacted: proof.redacted ?? null },
        proof.position === seen.at.position + 1 ? seen.at.hash : undefined,
      );
      yield* step(proof.position, proof.hash);
    } else if (line.others) {
      for (const content of line.others)
        yield* step(seen.at.position + 1, hashOf(seen.at.hash, seen.at.position + 1, content));
    } else if (line.head) {
      told.head = line.head;
      if (line.head.position !== seen.at.position || line.head.hash !== seen.at.hash)
        yield wrong("The chain does not end at its head.", line.head.position);
      if (line.events !== told.events) yield wrong(`It says ${line.events} events, and holds ${told.events}.`);
    } else yield wrong("No such line is known.");
  }
  number++;
  if (!told.head || !seen.ended) yield wrong("The end is cut off.");
  if (!seen.expected) yield wrong("The place that was written down is not in this file.", expected!.position);
  return told;
}

function parsed(text: string): Line | undefined {
  try {
    const line = JSON.parse(text);
    return line !== null && typeof line === "object" ? line : undefined;
  } catch {
    return undefined;
  }
}
