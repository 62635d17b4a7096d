import type { LookupFunction } from "node:net";
import type { Dispatcher, Response } from "undici";
import { config } from "../config.ts";
import { OutboundError, outboundError } from "./error.ts";
import { isOperators } from "./judge.ts";
import { resolveAllowed } from "./resolve.ts";

const ports = new Set(["443", "80", "8080", "8443"]);

export interface OutboundInit {
  method?: "GET" | "POST" | "PUT" | "DELETE" | "HEAD";
  headers?: Record<string, string>;
  body?: string | Uint8Array | null;
  signal?: AbortSignal | null | undefined;
}

export interface OutboundLimits {
  /** The most that is read of the answer's body. */
  maxBytes: number;
  /** A longer answer is cut off there; else it is the failure `too_large`. */
  cut?: boolean;
}

/**
 * One request to an address that somebody typed: http or https, to one of the addresses that were judged and no other, in
 * OUTBOUND_TIMEOUT_MS from the first look-up to the last byte. No redirect is followed (the failure `redirect`), no proxy
 * of the environment is used, no cookie kept, nothing unpacked. Throws `OutboundError`. Answers with a status above 399 are
 * answers.
 */
export async function outboundFetch(url: string, init: OutboundInit, limits: OutboundLimits): Promise<Response> {
  const limit = AbortSignal.timeout(config.OUTBOUND_TIMEOUT_MS);
  const signal = init.signal ? AbortSignal.any([limit, init.signal]) : limit;
  const line = await openOutbound(url);
  try {
    const answer = await line.send({ ...init, signal }, limits);
    if (answer.status >= 300 && answer.status < 400) throw new OutboundError("redirect");
    return answer;
  } finally {
    line.close();
  }
}

/** A line to one address: its name was looked up when the line was opened, and every request goes where that led. */
export interface Outbound {
  /** Whether the operator named every address that it leads to (OUTBOUND_ALLOW). */
  operators: boolean;
  /** Like `outboundFetch`, but a redirect is an answer like others: nobody follows it. */
  send(init: OutboundInit, limits: OutboundLimits): Promise<Response>;
  /** Ends its connections. */
  close(): void;
}

/**
 * Opens a line for several requests to the same address, over connections that stay open between them, so many at once.
 * For seconds, not for longer: whoever comes back later opens another one, so that the name is looked up and judged again.
 */
export async function openOutbound(url: string, connections = 1): Promise<Outbound> {
  const [{ target, addresses, operators }, { Agent, Response }] = await Promise.all([judgeUrl(url), import("undici")]);
  const connect = { lookup: pinned(addresses), timeout: config.OUTBOUND_TIMEOUT_MS };
  const agent = new Agent({ connect, connections, pipelining: connections > 1 ? 1 : 0, maxResponseSize: -1 });
  const path = `${target.pathname}${target.search}`;
  return {
    operators,
    async send({ method = "GET", headers = {}, body = null, signal }, limits) {
      const limit = signal ?? AbortSignal.timeout(config.OUTBOUND_TIMEOUT_MS);
      try {
        const answer = await agent.request({ origin: target.origin, path, method, headers, body, signal: limit });
        return new Response(await bodyOf(answer, limits), { status: answer.statusCode, headers: headersOf(answer) });
      } catch (error) {
        throw outboundError(error);
      }
    },
    close: () => void agent.destroy().catch(() => {}),
  };
}

/** Looks up where a URL leads and judges it, without connecting: for a form. Throws `OutboundError`. */
export async function judgeUrl(url: string): Promise<{ target: URL; addresses: string[]; operators: boolean }> {
  const target = readTarget(url);
  const addresses = await resolveAllowed(target.hostname);
  const operators = addresses.every(isOperators);
  if (!ports.has(portOf(target)) && !operators) throw new OutboundError("port_not_allowed");
  return { target, addresses, operators };
}

/** The address in the URL; one with a name or password in it, or of another scheme, is none of ours. */
function readTarget(url: string): URL {
  const target = URL.parse(url);
  if (!target || !/^https?:$/.test(target.protocol)) throw new OutboundError("not_allowed");
  if (target.username || target.password) throw new OutboundError("not_allowed");
  return target;
}

const portOf = ({ port, protocol }: URL) => port || (protocol === "https:" ? "443" : "80");

/** Answers every look-up of the connection with the addresses that were judged. */
export const pinned = (addresses: string[]): LookupFunction => {
  const all = addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
  return (_host, options, done) => {
    if (options.all) done(null, all);
    else done(null, all[0]!.address, all[0]!.family);
  };
};

async function bodyOf({ statusCode, body }: Dispatcher.ResponseData, { maxBytes, cut }: OutboundLimits) {
  const chunks: Buffer[] = [];
  let left = maxBytes;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    if (chunk.length > left && !cut) throw new OutboundError("too_large");
    chunks.push(chunk.subarray(0, left));
    left -= chunk.length;
    if (left <= 0 && cut) break;
  }
  // The standard's Response takes no body for these.
  return [101, 204, 205, 304].includes(statusCode) ? null : Buffer.concat(chunks);
}

function headersOf({ headers }: Dispatcher.ResponseData): [string, string][] {
  return Object.entries(headers).flatMap(([name, value]) =>
    [value ?? []].flat().map((one): [string, string] => [name, one]),
  );
}
