import type { Answer } from "dns-packet";
import type { ServerAnswer } from "../db/domains.ts";
import type { Answered } from "./inquiry.ts";
import { isAskable, plainName } from "./names.ts";
import { type Question, type Reply, textOf } from "./packet.ts";

const longestChain = 8;

/** The names that CNAME records lead through, and the records at the end; `loop` where there is no end. */
function follow(answers: Answer[], { name, type }: Question) {
  const aliases: string[] = [];
  let at = plainName(name);
  for (;;) {
    const here = answers.filter((record) => plainName(record.name) === at);
    const records = here.filter((record) => record.type === type).map(textOf);
    const [alias] = here.filter((record) => record.type === "CNAME").map(textOf);
    if (records.length || !alias) return { aliases, records, loop: false };
    if (aliases.length === longestChain || aliases.includes(alias) || alias === plainName(name))
      return { aliases, records, loop: true };
    aliases.push(alias);
    at = alias;
  }
}

/** RFC 2308: how long "there is none" is remembered, from the SOA beside it. */
function negativeTtl({ authorities }: Reply): number | undefined {
  const [soa] = authorities.filter((record) => record.type === "SOA");
  return soa && Math.min(soa.ttl ?? 0, soa.data.minimum ?? 0);
}

/** The one server's answer in our words. A server that only passes on what it heard is lame (`authority`). */
export function readAnswer(server: string, answer: Answered, question: Question, authority: boolean): ServerAnswer {
  const plain = { server, authoritative: false, records: [] };
  if (typeof answer === "string")
    return answer === "timeout" ? { ...plain, outcome: "timeout" } : { ...plain, outcome: "failure", why: answer };
  if (answer.code !== "noerror" && answer.code !== "nxdomain")
    return { ...plain, outcome: "failure", why: answer.code };
  if (authority && !answer.authoritative) return { ...plain, outcome: "failure", why: "lame" };

  const { aliases, records, loop } = follow(answer.answers, question);
  const read = { ...plain, authoritative: answer.authoritative, ...(aliases.length ? { aliases } : {}) };
  if (loop) return { ...read, outcome: "failure", why: "cname_loop" };
  if (records.length) return { ...read, outcome: "records", records };
  const outcome = answer.code === "nxdomain" ? "no_such_name" : "none";
  const seconds = negativeTtl(answer);
  return { ...read, outcome, ...(seconds === undefined ? {} : { negativeTtl: seconds }) };
}

/** A server that knows only who knows more: the zone below, its servers, and the addresses that came along. */
export function referralIn(answer: Reply, zone: string, name: string) {
  if (answer.authoritative || answer.answers.length || answer.code !== "noerror") return undefined;
  const delegations = answer.authorities.filter((record) => record.type === "NS");
  const below = delegations.map((record) => plainName(record.name)).find((at) => isBelow(at, zone, name));
  if (!below) return undefined;
  const hosts = delegations
    .filter((record) => plainName(record.name) === below)
    .map(textOf)
    .filter(isAskable);
  const glue = answer.additionals.filter((record) => record.type === "A" || record.type === "AAAA");
  const addresses = new Map(glue.map((record) => [plainName(record.name), textOf(record)]));
  return { zone: below, hosts, addresses };
}

const isBelow = (at: string, zone: string, name: string) =>
  at !== zone && (zone === "." || at.endsWith(`.${zone}`)) && (name === at || name.endsWith(`.${at}`));
