import { sql } from "drizzle-orm";
import { run } from "./client.ts";

/** Three letters in a row that some words have, the rarest first, and how many members have them all, roughly. */
export interface Pieces {
  pieces: string[];
  expected: number;
}

interface Sample {
  /** How often these three letters occur in the sample; those that hardly ever do are not in it. */
  times: Map<string, number>;
  sampled: number;
  members: number;
}

const size = 1000;
const noticed = 2;
const fresh = 10 * 60_000;
/** Beside a rarer piece, one that more have than this, and many times as many, costs more than it rules out. */
const tooCommon = 0.1;
const manyTimes = 4;
/** A piece that so many have is a part of a name: the one beside it is of the same name, and rules nobody out. */
const common = 0.02;

let sample: { read: Promise<Sample>; at: number } | undefined;

/**
 * The three rarest pieces of some words. An index of trigrams reads the list of every trigram that it is asked for, and a
 * common one (of a company's own domain, of a prefix of all user names) has as many entries as there are members: 150 ms
 * for a whole address in an account of a million, 3 ms without them. No pieces: the words have no three letters in a row.
 */
export async function rarestPieces(words: string[]): Promise<Pieces> {
  const { times, sampled, members } = await currentSample();
  const share = (piece: string) => Math.min(1, Math.max(times.get(piece.toLowerCase()) ?? 0, noticed - 1) / sampled);
  const found = words.flatMap(placesOf).map((place) => ({ ...place, share: share(place.piece) }));
  found.sort((a, b) => a.share - b.share);
  const [first] = found;
  if (!first) return { pieces: [], expected: members };
  // Pieces of one name say the same twice. Numbers and other words say more, if not as much as chance would have it.
  const apart = found.filter(({ word, at }) => word !== first.word || Math.abs(at - first.at) >= 3);
  const second = apart.find(({ word, piece }) => word !== first.word || /\d/.test(first.piece + piece));
  const most = Math.max(tooCommon, manyTimes * first.share);
  // What another word says goes before what the same one says: two common names are a thousand people, each ten thousand.
  const more = second ? [second, ...found] : found;
  const again = ({ word, at, piece }: (typeof found)[number]) =>
    first.share > common &&
    word === first.word &&
    (second || Math.abs(at - first.at) < 3) &&
    !/\d/.test(first.piece + piece);
  const useful = [first, ...more.filter((one) => one.share <= most && !again(one))];
  const pieces = [...new Set(useful.map(({ piece }) => piece))].slice(0, 3);
  return { pieces, expected: members * first.share * Math.sqrt(second?.share ?? 1) };
}

/** Letters and digits only: other characters are no part of a trigram. A Σ becomes small in its own way at a word's end. */
const placesOf = (word: string) => {
  const letters = [...word];
  return letters
    .slice(2)
    .map((_, at) => ({ piece: letters.slice(at, at + 3).join(""), word, at }))
    .filter(({ piece }) => /^[\p{L}\p{Nd}]{3}$/u.test(piece) && !piece.includes("Σ"));
};

/** It decides how a search is done, never what it finds: a sample of ten minutes ago will do. */
function currentSample(): Promise<Sample> {
  const now = Date.now();
  if (!sample || sample.at < now - fresh) {
    const read = readSample();
    sample = { read, at: now };
    read.catch(() => {
      sample = undefined;
    });
  }
  return sample.read;
}

/**
 * Of the whole instance, because the index is one for all accounts; only counts leave the database. Pages of the table by
 * chance: some forty of them, from all times, and all of them where there are no more.
 */
async function readSample(): Promise<Sample> {
  const [row] = await run<Omit<Sample, "times"> & { times: Record<string, number> | null }>(sql`
    with sample as materialized (
      select m.haystack from members m tablesample system (
        (select 100 * least(1, ${size} / greatest(c.reltuples, 1)) from pg_class c where c.oid = 'members'::regclass)
      ) limit ${2 * size}
    ),
    pieces as (select substr(s.haystack, n, 3) as piece from sample s, generate_series(1, length(s.haystack) - 2) n),
    common as (select piece, count(*)::int as times from pieces group by piece having count(*) >= ${noticed})
    select (select json_object_agg(piece, times) from common) as times, (select count(*)::int from sample) as sampled,
      (select greatest(c.reltuples, 0)::float8 from pg_class c where c.oid = 'members'::regclass) as members`);
  const { times, sampled, members } = row!;
  return { times: new Map(Object.entries(times ?? {})), sampled: Math.max(1, sampled), members };
}
