import { config } from "../config.ts";

/**
 * R12: every process of two overlapping deploys together stays within 80 % of the database's connections, one kept for the
 * release step. `DATABASE_CONNECTIONS` is what the database allows; the process counts say how many share it.
 */
export function connectionShare(): number {
  const shared = Math.floor(config.DATABASE_CONNECTIONS * 0.8) - 1;
  return Math.max(2, Math.floor(shared / (2 * (config.WEB_PROCESSES + config.WORKER_PROCESSES))));
}

/** The web process: one pool for everything, sessions included. */
export const webPool = () => Math.min(8, connectionShare());

/** The worker splits its share: the queue's own pool (one of it listens), and the tasks'. */
export function workerPools(): { queue: number; tasks: number } {
  const share = Math.min(config.WORKER_CONCURRENCY + 4, connectionShare());
  const queue = Math.max(1, Math.min(4, Math.floor(share / 2)));
  return { queue, tasks: Math.max(1, share - queue - 1) };
}
