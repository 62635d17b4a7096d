import { createSocket } from "node:dgram";
import { setTimeout as sleep } from "node:timers/promises";
import { type Carrier, type Manners, NameServer } from "../../src/dev-dns/name-server.ts";
import type { Zone } from "../../src/dev-dns/records.ts";
import { type NewRecord, Zones } from "../../src/dev-dns/zones.ts";
import { atEndOfFile } from "./endings.ts";

/** A resolver, three name servers and the one of the root for the test file: real packets on 127.0.0.1 to 127.0.0.5. */
const port = Number(process.env.DNS_PORT);
const world = new Zones();

async function listen(zones: Zones, last: number): Promise<NameServer> {
  const server = new NameServer(zones);
  for (let tries = 0; ; tries++) {
    try {
      return await server.listen(port, `127.0.0.${last}`);
    } catch (error) {
      await server.close();
      if (tries === 5) throw error;
      await sleep(100);
    }
  }
}

export const resolver = await listen(world, 1);
export const servers = {
  ns1: await listen(new Zones(), 2),
  ns2: await listen(new Zones(), 3),
  ns3: await listen(new Zones(), 4),
  top: await listen(new Zones(), 5),
};
export type ServerKey = keyof typeof servers;

interface ZoneOptions {
  /** Who answers for it; the first two where nothing is said. Their host names are `ns1.<zone>` and so on. */
  by?: ServerKey[];
  /** Seconds that resolvers remember "there is none"; not at all where nothing is said. */
  minimum?: number;
}

/** Publishes a zone on its name servers, and lets the resolver find it. */
export function zone(name: string, records: NewRecord[], { by = ["ns1", "ns2"], minimum = 0 }: ZoneOptions = {}): Zone {
  const hosts = by.map((key) => `${key}.${name}`);
  const addresses = by.map((key): NewRecord => [key, "A", addressOf(key)]);
  for (const server of Object.values(servers))
    server.zones.list = server.zones.list.filter((each) => each.name !== name);
  const made = world.put(name, hosts, [...addresses, ...records], minimum);
  for (const key of by) servers[key].zones.list.push(made);
  return made;
}

/** Gives one server a copy of its own of a zone: a secondary that lags behind, or one that was left behind. */
export function copyOn(key: ServerKey, original: Zone, records: NewRecord[]): Zone {
  const others = servers[key].zones.list.filter((each) => each.name !== original.name);
  const copy = new Zones().put(original.name, [...original.hosts], records, original.minimum);
  servers[key].zones.list = [...others, copy];
  return copy;
}

export const addressOf = (key: ServerKey): string =>
  ({ ns1: "127.0.0.2", ns2: "127.0.0.3", ns3: "127.0.0.4", top: "127.0.0.5" })[key];

const proper = Object.values({ resolver, ...servers }).map((server) => ({ server, manners: server.manners }));

/** Every server is well again, and knows only `test` and the root; what the resolver remembered is forgotten. */
export function freshDns(): void {
  for (const { server, manners } of proper) server.manners = manners;
  for (const { server } of proper) server.zones.list = [];
  resolver.recursor = new (resolver.recursor.constructor as typeof import("../../src/dev-dns/recursor.ts").Recursor)(
    world,
  );
  zone(".", [], { by: ["top"] });
  zone("test", [], { by: ["top"] });
}

type Send = Parameters<Manners>[2];

/** How a server can misbehave. */
export const manners = {
  silent: () => {},
  garbage: (_query: Buffer, _carrier: Carrier, send: Send) => send(Buffer.from("this is no DNS packet at all")),
  code: (code: number): Manners => {
    return (query, _carrier, send) => send(replyHead(query, code));
  },
  /** An answer to a question that nobody asked, and nothing else. */
  wrongId: (server: NameServer): Manners => {
    return (query, carrier, send) => {
      const answer = server.answer(query, carrier);
      answer.writeUInt16BE((answer.readUInt16BE(0) + 1) % 65_536, 0);
      send(answer);
    };
  },
  /** The answer says that it comes from somewhere else than was asked. */
  lame: (server: NameServer): Manners => {
    return (query, carrier, send) => {
      const answer = server.answer(query, carrier);
      answer[2] = answer[2]! & ~0x04;
      send(answer);
    };
  },
  truncated: (server: NameServer): Manners => {
    return (query, carrier, send) => {
      const answer = server.answer(query, carrier);
      answer[2] = answer[2]! | 0x02;
      send(answer);
    };
  },
  /** Cut off over UDP, and 10 MB over TCP behind a length that promises 64 kB. */
  flood: (query: Buffer, carrier: Carrier, send: Send) => {
    const head = replyHead(query, 0);
    head[2] = head[2]! | 0x02;
    send(carrier === "udp" ? head : Buffer.alloc(10_000_000, "token="));
  },
} satisfies Record<string, Manners | ((...values: never[]) => Manners)>;

/** The head of a packet that answers this query with a code and no records. */
export function replyHead(query: Buffer, code: number): Buffer {
  const answer = Buffer.from(query);
  answer[2] = 0x84;
  answer[3] = code;
  // No EDNS record in it: end it behind the question.
  answer.writeUInt16BE(0, 10);
  return answer.subarray(0, answer.length - 11);
}

/** Answers rightly, but from another address than the one that was asked, as a forger would. */
export function fromElsewhere(server: NameServer): Manners {
  return (query, carrier, _send, port) => {
    const socket = createSocket("udp4").bind(0, "127.0.0.9");
    socket.send(server.answer(query, carrier), port, "127.0.0.1", () => socket.close());
  };
}

freshDns();
atEndOfFile(freshDns);
