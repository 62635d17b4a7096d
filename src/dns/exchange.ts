import { createSocket } from "node:dgram";
import { connect, isIPv6 } from "node:net";
import { askBytes, type Question, type Reply, readReply } from "./packet.ts";

export interface Place {
  host: string;
  port: number;
}

export type Failure = "timeout" | "unreachable" | "garbage" | "too_much" | "truncated";
export const isFailure = (answer: Reply | Failure): answer is Failure => typeof answer === "string";

export interface Manner {
  recursive: boolean;
  /** Milliseconds for all three tries together, and as much again for TCP. */
  within: number;
}

/** When the first, second and third try go out, as parts of the time. Each goes on listening until the end. */
const tries = [0, 0.2, 0.5];

/**
 * One question to one server: three tries over UDP, each from a port and with an id of its own that nobody can guess, and
 * TCP where the answer did not fit. Packets from elsewhere or with another id are as if they had not come (T26).
 */
export async function exchange(place: Place, question: Question, manner: Manner): Promise<Reply | Failure> {
  const answer = await overUdp(place, question, manner);
  return isFailure(answer) || !answer.truncated ? answer : overTcp(place, question, manner);
}

function overUdp(place: Place, question: Question, { recursive, within }: Manner): Promise<Reply | Failure> {
  return new Promise((resolve) => {
    const stops: (() => void)[] = [];
    let [begun, ended] = [0, 0];
    const finish = (answer: Reply | Failure) => {
      for (const stop of stops.splice(0)) stop();
      resolve(answer);
    };
    /** A port that nobody listens on says so at once: the next try need not wait, and after the last it is over. */
    const fail = () => {
      ended += 1;
      if (ended === tries.length) finish("unreachable");
      else if (ended === begun) begin();
    };
    const begin = () => {
      if (begun === tries.length) return;
      begun += 1;
      stops.push(ask(place, question, recursive, finish, fail));
    };

    begin();
    for (const part of tries.slice(1)) stops.push(later(() => begun < tries.length && begin(), part * within));
    stops.push(later(() => finish("timeout"), within));
  });
}

const later = (work: () => void, ms: number) => {
  const timer = setTimeout(work, ms);
  return () => clearTimeout(timer);
};

/** One try. The socket is connected, so that the system drops what comes from elsewhere. */
function ask(
  place: Place,
  question: Question,
  recursive: boolean,
  finish: (answer: Reply | Failure) => void,
  fail: () => void,
): () => void {
  const socket = createSocket(isIPv6(place.host) ? "udp6" : "udp4");
  const { id, bytes } = askBytes(question, recursive);
  let open = true;
  const close = () => {
    if (open) socket.close();
    open = false;
  };
  socket.on("error", () => {
    if (!open) return;
    close();
    fail();
  });
  socket.on("message", (message) => {
    const reply = readReply(message, id, question);
    if (open && reply !== "other") finish(reply);
  });
  socket.connect(place.port, place.host, (...problems: unknown[]) => {
    if (problems[0]) socket.emit("error", problems[0]);
    else if (open) socket.send(bytes);
  });
  return close;
}

function overTcp(place: Place, question: Question, { recursive, within }: Manner): Promise<Reply | Failure> {
  return new Promise((resolve) => {
    const { id, bytes } = askBytes(question, recursive);
    const socket = connect(place.port, place.host);
    let taken = Buffer.alloc(0);
    const finish = (answer: Reply | Failure) => {
      stop();
      socket.destroy();
      resolve(answer);
    };
    const stop = later(() => finish("timeout"), within);
    const length = Buffer.alloc(2);
    length.writeUInt16BE(bytes.length);
    socket.on("connect", () => socket.write(Buffer.concat([length, bytes])));
    socket.on("error", () => finish("unreachable"));
    // The length of a message has two bytes: whatever a server sends, 64 kB are the end of it.
    socket.on("data", (chunk) => {
      taken = Buffer.concat([taken, chunk]);
      const end = taken.length < 2 ? Number.POSITIVE_INFINITY : taken.readUInt16BE(0) + 2;
      if (taken.length < end) return;
      const reply = readReply(taken.subarray(2, end), id, question);
      if (reply === "other") finish("garbage");
      else finish(reply !== "too_much" && reply.truncated ? "too_much" : reply);
    });
    socket.on("end", () => finish("truncated"));
  });
}
