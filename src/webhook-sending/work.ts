import { log } from "../log.ts";
import { ending } from "../queue.ts";
import { openSender } from "./send.ts";
import { settle } from "./settle.ts";
import { giveBack, takeDeliveries, takeDue, type Webhook } from "./take.ts";

/** So many messages are on their way to one receiver at once; to one that is failing a single one. */
const atOnce = 20;
/** Milliseconds that a worker stays with one webhook before it looks who else waits. */
const turn = 5_000;
/** So many webhooks at once in this process; as many again that may be failing. */
const lanes = 8;

/** Sends what is due to one receiver, for a turn. Returns how many tries it made. */
async function workOff(webhook: Webhook): Promise<number> {
  const end = Date.now() + turn;
  const sender = await openSender(webhook, atOnce);
  let tries = 0;
  let failing = webhook.failingSince;
  try {
    while (Date.now() < end && !ending.signal.aborted) {
      const size = failing ? 1 : atOnce;
      const taken = await takeDeliveries(webhook, size);
      if (taken.length === 0) break;
      tries += taken.length;
      failing = await settle(webhook, await Promise.all(taken.map(sender.send)));
      if (failing || taken.length < size) break;
    }
  } finally {
    sender.close();
  }
  await giveBack(webhook, pauseOf(failing));
  return tries;
}

/** How long a receiver that takes nothing is left alone: a tenth of the time that it has been like that, up to a minute. */
const pauseOf = (failing: Date | null): number =>
  failing ? Math.min(60, Math.max(1, (Date.now() - failing.getTime()) / 10_000)) : 0;

export interface Lanes {
  /** Something is due. */
  wake(): void;
  /** Waits until nothing is on its way; how many tries there were since the last time. */
  idle(): Promise<number>;
}

/**
 * Works off what is due, many webhooks side by side: waiting for a receiver takes no place of a job, so one that is slow
 * delays neither mails nor others (T92). Those that are failing have lanes of their own, so that they cannot take them all.
 */
export function openLanes(): Lanes {
  const running = { healthy: new Set<Promise<void>>(), any: new Set<Promise<void>>() };
  let tries = 0;

  function begin(kind: keyof typeof running): void {
    if (running[kind].size >= lanes || ending.signal.aborted) return;
    const one = lane(kind)
      .catch((error) => log.warn({ err: error }, "deliveries of webhooks stopped; what is due is taken up again"))
      .finally(() => running[kind].delete(one));
    running[kind].add(one);
  }

  async function lane(kind: keyof typeof running): Promise<void> {
    while (!ending.signal.aborted) {
      const webhook = await takeDue(kind === "healthy");
      if (!webhook) return;
      // There may be more than one.
      begin(kind);
      tries += await workOff(webhook);
    }
  }

  return {
    wake() {
      begin("healthy");
      begin("any");
    },
    async idle() {
      for (let all = [...running.healthy, ...running.any]; all.length > 0; all = [...running.healthy, ...running.any])
        await Promise.all(all);
      const count = tries;
      tries = 0;
      return count;
    },
  };
}
