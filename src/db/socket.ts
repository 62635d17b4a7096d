import net from "node:net";
import tls from "node:tls";
import { watchForSilence } from "./watch.ts";

export interface Place {
  host: string;
  port: number;
  /** TLS options, or false for a plain connection. */
  ssl: boolean | tls.ConnectionOptions;
}

const connectWithin = 10_000;
const sslRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

/**
 * A connected socket for postgres.js, bounded everywhere (R10). It never throws: the library would lose its place in the
 * pool; a failure arrives as the error of a socket that dies at once. A server that hangs up before it is ready counts as
 * a failure too: the library would try again for ever (its issue 1193).
 */
export async function openSocket(place: Place, answerWithin: number): Promise<net.Socket> {
  try {
    const socket = await connect(place);
    const secured = place.ssl ? await secure(socket, place) : socket;
    secured.setKeepAlive(true, 10_000);
    secured.setNoDelay(true);
    failEarlyEnd(secured);
    flushBeforeClose(secured);
    watchForSilence(secured, { startup: 5_000, answer: answerWithin });
    return secured;
  } catch (error) {
    const dead = new net.Socket();
    // The library writes its greeting first; then it hears why there is nobody to greet.
    dead.write = () => {
      setImmediate(() => dead.destroy(error as Error));
      return true;
    };
    return dead;
  }
}

const timedOut = () => Object.assign(new Error("The database cannot be reached"), { code: "CONNECT_TIMEOUT" });

/** Waits for an event of a socket, or for its failure, or for the end of the time. */
function when<S extends net.Socket>(socket: S, event: string): Promise<S> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => socket.destroy(timedOut()), connectWithin);
    const settle = (act: () => void) => {
      clearTimeout(timer);
      socket.removeAllListeners();
      act();
    };
    socket.once(event, () => settle(() => resolve(socket)));
    socket.once("error", (error) => settle(() => reject(error)));
    socket.once("close", () => settle(() => reject(hungUp())));
  });
}

const connect = ({ host, port }: Place) => when(net.connect({ host, port }), "connect");

async function secure(socket: net.Socket, { host, ssl }: Place): Promise<net.Socket> {
  socket.write(sslRequest);
  await when(socket, "readable");
  if ((socket.read(1) as Buffer | null)?.[0] !== 0x53) throw new Error("The database offers no encrypted connection.");
  const servername = net.isIP(host) ? undefined : host;
  return when(tls.connect({ socket, servername, ...(ssl === true ? {} : (ssl as object)) }), "secureConnect");
}

/**
 * postgres.js 3.4.9 collects what it writes until the end of the turn. When the socket closes before that, it drops the
 * timer and keeps the bytes: the connection's next greeting is never sent, and its place in the pool is lost for a minute.
 * So the bytes are written, into the void, instead of being kept.
 */
function flushBeforeClose(socket: net.Socket) {
  const emit = socket.emit.bind(socket) as (event: string | symbol, ...rest: unknown[]) => boolean;
  socket.emit = ((event: string | symbol, ...rest: unknown[]) => {
    if (event !== "close") return emit(event, ...rest);
    const clear = globalThis.clearImmediate;
    globalThis.clearImmediate = (pending) => {
      const flush = (pending as { _onImmediate?: (() => void) | null } | undefined)?._onImmediate;
      clear(pending);
      flush?.();
    };
    try {
      return emit(event, ...rest);
    } finally {
      globalThis.clearImmediate = clear;
    }
  }) as typeof socket.emit;
}

const hungUp = () => Object.assign(new Error("The database hung up before it was ready"), { code: "ECONNRESET" });

function failEarlyEnd(socket: net.Socket) {
  const early = () => socket.destroy(hungUp());
  socket.once("end", early);
  socket.on("data", function ready(chunk: Buffer) {
    // ReadyForQuery ends the greeting: six bytes at the end of what arrived.
    if (chunk.length < 6 || chunk[chunk.length - 6] !== 0x5a) return;
    socket.off("end", early);
    socket.off("data", ready);
  });
}
