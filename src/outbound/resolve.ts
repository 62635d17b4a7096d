import { lookup, Resolver } from "node:dns/promises";
import { isIP } from "node:net";
import { domainToASCII } from "node:url";
import { config } from "../config.ts";
import { isAskable } from "../dns/names.ts";
import { nameOfPlace, resolvers } from "../dns/places.ts";
import { OutboundError } from "./error.ts";
import { isAllowed } from "./judge.ts";

/**
 * The addresses of a host that Muster may connect to, IPv4 first: a name is looked up once, and whoever connects uses
 * these, so a second answer of its name server changes nothing (T73). Throws `OutboundError`: `no_such_host`,
 * `not_allowed` (all of its addresses are), `timeout`.
 */
export async function resolveAllowed(host: string): Promise<string[]> {
  const name = canonicalHost(host);
  if (!name) throw new OutboundError("no_such_host");
  const addresses = isIP(name) ? [name] : await withinTime(lookUp(name));
  if (!addresses.length) throw new OutboundError("no_such_host");

  const allowed = addresses.filter(isAllowed);
  if (!allowed.length) throw new OutboundError("not_allowed");
  return allowed;
}

/** The addresses of a host that the operator's own settings name: none is refused. Throws as `resolveAllowed` does. */
export async function resolveOperators(host: string): Promise<string[]> {
  const name = canonicalHost(host) ?? "";
  const addresses = isIP(name) ? [name] : await withinTime(ofMachine(name));
  if (!addresses.length) throw new OutboundError("no_such_host");
  return addresses;
}

/**
 * A host as browsers read it: `127.1`, `0x7f.1`, `2130706433` and `１２７.0.0.1` are all 127.0.0.1, an international name is
 * Punycode, and a dot at the end goes. Undefined: no host.
 */
export function canonicalHost(host: string): string | undefined {
  const bare = host.trim().replace(/^\[(.*)\]$/, "$1");
  if (isIP(bare) === 6) return bare.includes("%") ? undefined : new URL(`http://[${bare}]`).hostname.slice(1, -1);
  if (/[\s/\\@?#:%[\]]/u.test(bare)) return undefined;
  const name = domainToASCII(bare).replace(/\.$/, "");
  return isAskable(name) && name !== "." ? name : undefined;
}

/**
 * DNS_SERVERS where they are set, else the machine as it looks up its own connections. The name server of development
 * knows only its own zones: what it does not find, the machine may.
 */
async function lookUp(name: string): Promise<string[]> {
  if (!config.DNS_SERVERS.length) return ofMachine(name);
  const found = await ofServers(name);
  return found.length || config.NAME_SERVER_PORT === undefined ? found : ofMachine(name);
}

async function ofServers(name: string): Promise<string[]> {
  const resolver = new Resolver({ timeout: config.DNS_TIMEOUT_MS, tries: 1 });
  resolver.setServers(resolvers().map(nameOfPlace));
  const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
  const found = answers.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
  const failed = answers.some((answer) => answer.status === "rejected" && !saysNone(answer.reason));
  if (!found.length && failed) throw new OutboundError("timeout");
  return found;
}

const saysNone = (error: unknown) => ["ENOTFOUND", "ENODATA"].includes((error as { code?: string }).code ?? "");

async function ofMachine(name: string): Promise<string[]> {
  const found = await lookup(name, { all: true, order: "ipv4first" }).catch((error: unknown) => {
    if (saysNone(error)) return [];
    throw new OutboundError("timeout", error);
  });
  return found.map(({ address }) => address);
}

/** The machine's own look-up takes no limit: after this time nobody waits for it any more. */
function withinTime<T>(work: Promise<T>): Promise<T> {
  const limit = new Promise<never>((_resolve, reject) => {
    setTimeout(() => reject(new OutboundError("timeout")), config.OUTBOUND_TIMEOUT_MS).unref();
  });
  return Promise.race([work, limit]);
}
