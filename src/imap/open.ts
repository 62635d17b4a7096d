import { isIP } from "node:net";
import type { ImapFlow, ImapFlowOptions } from "imapflow";
import { config } from "../config.ts";
import type { ImapSecurity } from "../db/boxes.ts";
import { isOperators } from "../outbound/judge.ts";
import { canonicalHost, resolveAllowed, resolveOperators } from "../outbound/resolve.ts";
import { ImapError, imapError } from "./error.ts";

/** How to sign in to one mailbox; a password or an access token. */
export interface ImapSettings {
  host: string;
  port: number;
  security: ImapSecurity;
  username: string;
  password?: string;
  accessToken?: string;
  /** The operator's own mail server: its address is not judged. */
  operators?: boolean;
}

const ports = [143, 993];
const mostAddresses = 3;

/**
 * Connects and signs in, in OUTBOUND_TIMEOUT_MS from the first look-up on; whoever gets the connection ends it. It goes to an
 * address that was judged (T73) and to no other, and a password crosses no wire unencrypted, but where the operator allowed
 * the network. Throws `ImapError`.
 */
export async function openImap(settings: ImapSettings): Promise<ImapFlow> {
  const end = Date.now() + config.OUTBOUND_TIMEOUT_MS;
  const addresses = await addressesFor(settings);
  let failure = new ImapError("timeout");
  for (const [index, address] of addresses.entries()) {
    const within = Math.ceil((end - Date.now()) / (addresses.length - index));
    if (within <= 0) break;
    try {
      return await connect(settings, address, within);
    } catch (error) {
      failure = imapError(error, Boolean(settings.accessToken));
      if (!["refused", "unreachable", "timeout"].includes(failure.code)) break;
    }
  }
  throw failure;
}

async function addressesFor({ host, port, security, operators }: ImapSettings): Promise<string[]> {
  const found = await (operators ? resolveOperators(host) : resolveAllowed(host)).catch((error: unknown) => {
    throw imapError(error);
  });
  const allowed = operators || found.every(isOperators);
  if (!allowed && !ports.includes(port)) throw new ImapError("not_allowed");
  if (!allowed && security === "none") throw new ImapError("not_encrypted");
  return found.slice(0, mostAddresses);
}

async function connect(settings: ImapSettings, address: string, within: number): Promise<ImapFlow> {
  const { ImapFlow } = await import("imapflow");
  const client = new ImapFlow(optionsFor(settings, address, within));
  // What happens to an idle connection is found when it is used next; an error that nobody hears would end the process.
  client.on("error", () => {});
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    client.close();
  }, within);
  try {
    await client.connect();
    return client;
  } catch (error) {
    client.close();
    throw late ? new ImapError("timeout", error) : error;
  } finally {
    clearTimeout(timer);
  }
}

const megabyte = 1024 * 1024;

function optionsFor(settings: ImapSettings, address: string, within: number): ImapFlowOptions {
  const { host, port, security, username, password, accessToken } = settings;
  const name = canonicalHost(host) ?? host;
  const plain = security === "none";
  return {
    host: address,
    port,
    // The certificate has to be for what was typed, not for the address behind it.
    ...(isIP(name) ? {} : { servername: name }),
    secure: security === "tls",
    ...(security === "tls" ? {} : { doSTARTTLS: !plain }),
    auth: accessToken ? { user: username, accessToken } : { user: username, pass: password ?? "" },
    tls: { minVersion: "TLSv1.2" },
    // It would write down user names and subjects.
    logger: false,
    clientInfo: { name: "Muster" },
    disableAutoIdle: true,
    // What a server may make us hold (T73): no bombs of DEFLATE, no endless lines.
    disableCompression: true,
    maxLineLength: 4 * megabyte,
    maxLiteralSize: 40 * megabyte,
    maxResponseSize: 48 * megabyte,
    maxResponseTokens: 200_000,
    connectionTimeout: within,
    greetingTimeout: within,
    socketTimeout: config.OUTBOUND_TIMEOUT_MS,
  };
}
