import type { Webhook as Signer } from "standardwebhooks";
import { unseal } from "../access/vault.ts";
import { OutboundError, outboundError } from "../outbound/error.ts";
import { type Outbound, openOutbound } from "../outbound/fetch.ts";
import { bodyOf } from "./message.ts";
import type { Delivery, Webhook } from "./take.ts";

/** What came of a try. */
export interface Outcome {
  delivery: Delivery;
  /** The receiver took it: any 2xx. */
  taken: boolean;
  status: number | null;
  /** Why there is no answer: a code of src/outbound. */
  error: string | null;
  request: Record<string, string>;
  headers: Record<string, string> | null;
  body: string | null;
  retryAfter: string | null;
  milliseconds: number;
}

/** Everything that is needed to send to one receiver. */
export interface Sender {
  send(delivery: Delivery): Promise<Outcome>;
  close(): void;
}

/** So much of an answer is kept. */
const kept = 4096;

/**
 * Looks the receiver up and judges where it is (T73), for what is sent within the next seconds. One that cannot be reached
 * at all is no error here, but the outcome of each try.
 */
export async function openSender(webhook: Webhook, connections: number): Promise<Sender> {
  const [signers, line] = await Promise.all([signersOf(webhook), openLine(webhook.url, connections)]);
  return { send: (delivery) => send(line, signers, delivery), close: () => line.close() };
}

async function openLine(url: string, connections: number): Promise<Outbound> {
  try {
    const line = await openOutbound(url, connections);
    // What the operator does not vouch for any more goes nowhere in clear text.
    if (url.startsWith("https:") || line.operators) return line;
    line.close();
    throw new OutboundError("not_allowed");
  } catch (error) {
    const failed = outboundError(error);
    return { operators: false, send: () => Promise.reject(failed), close: () => {} };
  }
}

/** The present secret signs, and the one before it until its time is over: a receiver takes either (Standard Webhooks 1.0). */
async function signersOf({ secret, oldSecret, oldSecretEndsAt }: Webhook): Promise<Signer[]> {
  const { Webhook: Signing } = await import("standardwebhooks");
  const old = oldSecret && oldSecretEndsAt && oldSecretEndsAt > new Date() ? [oldSecret] : [];
  return [secret, ...old].map((sealed) => new Signing(unseal(sealed)));
}

async function send(line: Outbound, signers: Signer[], delivery: Delivery): Promise<Outcome> {
  const began = performance.now();
  // A copy that somebody sent once more is the same message: who has it already can tell.
  const id = delivery.copyOf ?? delivery.id;
  const body = bodyOf(delivery.payload);
  const at = new Date();
  const request = {
    "content-type": "application/json",
    "user-agent": "Muster-Webhooks/1.0",
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
    "webhook-signature": signers.map((signer) => signer.sign(id, at, body)).join(" "),
  };
  const tried = { delivery, request, taken: false, status: null, error: null, headers: null, body: null };
  const time = () => ({ milliseconds: Math.round(performance.now() - began) });
  try {
    const answer = await line.send({ method: "POST", headers: request, body }, { maxBytes: kept, cut: true });
    const text = (await answer.text()).replaceAll("\0", "\ufffd");
    const { status, headers, ok } = answer;
    return {
      ...tried,
      ...{ taken: ok, status, headers: headersOf(headers), body: text, retryAfter: headers.get("retry-after") },
      ...time(),
    };
  } catch (error) {
    return { ...tried, error: outboundError(error).code, retryAfter: null, ...time() };
  }
}

/** The first fifty headers, none longer than is worth reading. */
const headersOf = (headers: Iterable<[string, string]>) =>
  Object.fromEntries([...headers].slice(0, 50).map(([name, value]) => [name, value.slice(0, 500)]));
