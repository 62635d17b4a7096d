import type { ServerAnswer } from "../db/domains.ts";
import { Inquiry, isAnswer } from "./inquiry.ts";
import { isAskable, isWithin, plainName } from "./names.ts";
import type { Question, RecordType } from "./packet.ts";
import { nameOfPlace, placeOfServer, resolvers } from "./places.ts";
import { readAnswer, referralIn } from "./read-answer.ts";
import { addressesOf, findZone, type Zone } from "./zone.ts";

export interface Everywhere {
  /** The zone that the name is in; null where no resolver answers, so that no name server can be found. */
  zone: string | null;
  servers: ServerAnswer[];
  resolvers: ServerAnswer[];
}

const deepest = 4;

/**
 * What every authoritative name server of a name's zone says, and what the resolvers see. CNAME records are followed. Never
 * throws for what a server says or does not say: that is `outcome` and `why`. An inquiry bounds several such questions.
 */
export async function askEverywhere(name: string, type: RecordType, inquiry = new Inquiry()): Promise<Everywhere> {
  const question = { name: plainName(name), type };
  const seen = askResolvers(inquiry, question);
  const { zone, servers } = await askAuthorities(inquiry, question);
  return { zone, servers, resolvers: await seen };
}

/** The authoritative half of it. */
export async function askAuthorities(
  inquiry: Inquiry,
  question: Question,
  hops = 0,
): Promise<{ zone: string | null; servers: ServerAnswer[] }> {
  if (!isAskable(question.name)) return { zone: null, servers: [] };
  const found = await findZone(inquiry, question.name);
  if (!found) return { zone: null, servers: [] };

  const { zone, servers } = await askZone(inquiry, question, found);
  const followed = await Promise.all(servers.map((answer) => followAlias(inquiry, question, answer, zone.name, hops)));
  return { zone: zone.name, servers: followed };
}

/** Asks each server of a zone; where all of them know only of a zone below, that one's. */
async function askZone(inquiry: Inquiry, question: Question, zone: Zone, depth = 0) {
  const answers = (await Promise.all(zone.hosts.map((host) => askHost(inquiry, question, zone, host)))).flat();
  // One that sends us on while others answer is not believed: it may be the one that somebody slipped in (T26).
  const isAnswered = answers.some(({ answer }) => isAnswer(answer) && answer.authoritative);
  const below = answers
    .map(({ answer }) => (isAnswer(answer) ? referralIn(answer, zone.name, question.name) : undefined))
    .filter((referral) => referral !== undefined);
  if (below[0] && !isAnswered && depth < deepest) {
    const hosts = [...new Set(below.flatMap((referral) => referral.hosts))].sort().slice(0, 6);
    const addresses = new Map(below.flatMap((referral) => [...referral.addresses]));
    return askZone(inquiry, question, { name: below[0].zone, hosts, addresses }, depth + 1);
  }
  return { zone, servers: answers.map(({ server, answer }) => readAnswer(server, answer, question, true)) };
}

/** What a name server says, at each of its addresses. */
export async function askHost(inquiry: Inquiry, question: Question, zone: Zone, host: string) {
  const addresses = await addressesOf(inquiry, host, zone);
  if (!addresses.length) return [{ server: host, answer: "unreachable" as const }];
  return Promise.all(
    addresses.map(async (address) => {
      const place = placeOfServer(address);
      const server = addresses.length > 1 ? `${host} (${address})` : host;
      return { server, answer: place ? await inquiry.ask(place, question) : ("unreachable" as const) };
    }),
  );
}

/** A CNAME that leads out of the zone: what stands at its end is asked of that zone's servers. */
async function followAlias(
  inquiry: Inquiry,
  question: Question,
  answer: ServerAnswer,
  zone: string,
  hops: number,
): Promise<ServerAnswer> {
  const target = answer.aliases?.at(-1);
  const settled = answer.outcome !== "none" || (isWithin(target ?? "", zone) && answer.negativeTtl !== undefined);
  if (!target || settled) return answer;
  if (hops + answer.aliases!.length >= 8) return { ...answer, outcome: "failure", why: "cname_loop" };

  const { servers } = await askAuthorities(inquiry, { ...question, name: target }, hops + answer.aliases!.length);
  const best = servers.find(({ outcome }) => outcome === "records") ?? servers[0];
  if (!best) return { ...answer, outcome: "failure", why: "unreachable" };
  return { ...best, server: answer.server, aliases: [...answer.aliases!, ...(best.aliases ?? [])] };
}

function askResolvers(inquiry: Inquiry, question: Question): Promise<ServerAnswer[]> {
  if (!isAskable(question.name)) return Promise.resolve([]);
  return Promise.all(
    resolvers().map(async (place) =>
      readAnswer(nameOfPlace(place), await inquiry.ask(place, question, true), question, false),
    ),
  );
}
