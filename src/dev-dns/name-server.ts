import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { createServer, type Server, type Socket } from "node:net";
import { AUTHORITATIVE_ANSWER, decode, encode, type Packet, RECURSION_AVAILABLE, TRUNCATED_RESPONSE } from "dns-packet";
import { answerFrom, nothing, type Said } from "./answer.ts";
import type { ServerMode } from "./records.ts";
import { Recursor } from "./recursor.ts";
import type { Zones } from "./zones.ts";

export type Carrier = "udp" | "tcp";
/** Takes a query and sends what it likes: an answer, several, or nothing. */
export type Manners = (query: Buffer, carrier: Carrier, send: (bytes: Buffer) => void, fromPort: number) => void;

const codes = { noerror: 0, servfail: 2, nxdomain: 3, refused: 5 } as const;

/**
 * A name server over real UDP and TCP packets: authoritative for its zones, and a resolver over all of them for whoever
 * wants recursion. For development and tests only.
 */
export class NameServer {
  zones: Zones;
  recursor: Recursor;
  /** How questions are answered; a fault test has its own way. */
  manners: Manners;
  /** The same for people at the keyboard. */
  mode: ServerMode = "answer";
  port = 0;
  private udp: UdpSocket | undefined;
  private tcp: Server | undefined;
  private connections = new Set<Socket>();

  constructor(zones: Zones) {
    this.zones = zones;
    this.recursor = new Recursor(zones);
    this.manners = (query, carrier, send) => {
      if (this.mode !== "silent" || decode(query).flag_rd) send(this.answer(query, carrier));
    };
  }

  /** The proper answer; one that a UDP packet cannot hold is cut off, so that it is asked for over TCP. */
  answer(query: Buffer, carrier: Carrier): Buffer {
    const packet = decode(query);
    const question = packet.questions?.[0];
    const [name, type] = [question?.name.toLowerCase() ?? ".", question?.type ?? "TXT"];
    const said = packet.flag_rd ? this.recursor.answer(name, type) : this.authority(name, type);
    const whole = encode(this.reply(packet, said));
    if (carrier === "tcp" || whole.length <= sizeFor(packet)) return whole;
    return encode(this.reply(packet, { ...said, answers: [], authorities: [], additionals: [] }, TRUNCATED_RESPONSE));
  }

  private authority(name: string, type: string): Said {
    const said = answerFrom(this.zones, name, type);
    return this.mode === "fail" ? { ...nothing, code: "servfail" } : said;
  }

  private reply(query: Packet & { flag_rd: boolean }, said: Said, flags = 0): Packet {
    const { answers, authorities, additionals } = said;
    const aa = said.authoritative ? AUTHORITATIVE_ANSWER : 0;
    const ra = query.flag_rd ? RECURSION_AVAILABLE : 0;
    return {
      type: "response",
      id: query.id,
      flags: flags | aa | ra | codes[said.code],
      questions: query.questions,
      answers,
      authorities,
      additionals,
    };
  }

  /** Listens for both kinds of packets on one port; throws where it is taken. */
  async listen(port = 0, host = "127.0.0.1"): Promise<this> {
    this.tcp = createServer((socket) => this.converse(socket));
    await new Promise<void>((resolve, reject) => this.tcp!.once("error", reject).listen(port, host, resolve));
    this.port = (this.tcp.address() as { port: number }).port;

    const udp = createSocket("udp4");
    this.udp = udp;
    udp.on("message", (query, from) => {
      const send = (bytes: Buffer) => udp.send(bytes, from.port, from.address, () => {});
      this.manners(query, "udp", send, from.port);
    });
    await new Promise<void>((resolve, reject) => udp.once("error", reject).bind(this.port, host, resolve));
    return this;
  }

  private converse(socket: Socket) {
    this.connections.add(socket);
    let taken = Buffer.alloc(0);
    socket.on("close", () => this.connections.delete(socket));
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      taken = Buffer.concat([taken, chunk]);
      if (taken.length < 2 || taken.length < taken.readUInt16BE(0) + 2) return;
      const send = (bytes: Buffer) => {
        const length = Buffer.alloc(2);
        length.writeUInt16BE(Math.min(bytes.length, 65_535));
        socket.end(Buffer.concat([length, bytes]));
      };
      this.manners(taken.subarray(2), "tcp", send, socket.remotePort ?? 0);
    });
  }

  async close(): Promise<void> {
    for (const socket of this.connections) socket.destroy();
    await new Promise<void>((resolve) => (this.udp ? this.udp.close(() => resolve()) : resolve()));
    await new Promise<void>((resolve) => (this.tcp ? this.tcp.close(() => resolve()) : resolve()));
  }
}

function sizeFor(query: Packet): number {
  const [edns] = (query.additionals ?? []).filter((record) => record.type === "OPT");
  return edns ? Math.max(512, (edns as { udpPayloadSize?: number }).udpPayloadSize ?? 512) : 512;
}
