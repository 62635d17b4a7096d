import { getServers } from "node:dns";
import ipaddr from "ipaddr.js";
import { config } from "../config.ts";
import type { Place } from "./exchange.ts";

/** `127.0.0.1:5353`, `9.9.9.9`, `[2620:fe::fe]:53` or `2620:fe::fe`. */
export function placeOf(text: string): Place {
  const bracketed = text.match(/^\[(.+)\](?::(\d+))?$/);
  if (bracketed) return { host: bracketed[1]!, port: Number(bracketed[2] ?? 53) };
  const [host, port, ...more] = text.split(":");
  return more.length ? { host: text, port: 53 } : { host: host!, port: Number(port ?? 53) };
}

export const nameOfPlace = ({ host, port }: Place): string => {
  if (port === 53) return host;
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
};

/** Where looking starts: DNS_SERVERS, else the resolvers of this machine; at most three. */
export const resolvers = (): Place[] =>
  (config.DNS_SERVERS.length ? config.DNS_SERVERS : getServers()).slice(0, 3).map(placeOf);

/**
 * Where a name server found by NS listens. Whoever owns a domain says where its name servers are: in production these are
 * public addresses only, never this machine or what stands beside it in a private network (T73).
 */
export function placeOfServer(address: string): Place | undefined {
  if (!ipaddr.isValid(address)) return undefined;
  if (config.production && ipaddr.process(address).range() !== "unicast") return undefined;
  return { host: address, port: config.DNS_PORT };
}
