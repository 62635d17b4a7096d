/** The settings that share the database's connections out (see config.ts). */
export interface Shares {
  DATABASE_CONNECTIONS: number;
  WEB_PROCESSES: number;
  WORKER_PROCESSES: number;
  WORKER_CONCURRENCY: number;
  /** Where web processes share a pooler's connections. */
  DATABASE_POOL_URL?: string;
}

/** A worker needs one connection to listen on, one for the queue and one for its tasks. */
const leastForWorker = 3;

/**
 * R12: every process of two overlapping deploys together stays within 80 % of what the database allows
 * (`DATABASE_CONNECTIONS`), one connection kept for the release step and one for the report that is made (snapshot.ts: one
 * at a time in the whole installation). `WEB_PROCESSES` and `WORKER_PROCESSES` say how many
 * share it. Undefined where that is too little for so many processes. What is left for the web processes of both deploys
 * together is the pooler's, where there is one (`pooler`); each web process may then keep eight connections to it.
 */
export function connectionBudget(env: Shares): { web: number; worker: number; pooler: number } | undefined {
  const perDeploy = Math.floor((Math.floor(env.DATABASE_CONNECTIONS * 0.8) - 2) / 2);
  const even = Math.floor(perDeploy / (env.WEB_PROCESSES + env.WORKER_PROCESSES));
  const worker = Math.max(leastForWorker, Math.min(even, env.WORKER_CONCURRENCY + 4));
  const webs = perDeploy - worker * env.WORKER_PROCESSES;
  const web = env.DATABASE_POOL_URL && webs >= 1 ? 8 : Math.min(8, Math.floor(webs / env.WEB_PROCESSES));
  return web >= 1 ? { web, worker, pooler: 2 * webs } : undefined;
}

/** The web process: for everything, sessions included. */
export const webPool = (env: Shares): number => connectionBudget(env)?.web ?? 1;

/** The worker splits its share: the queue's own pool (one of it listens), and the tasks'. */
export function workerPools(env: Shares): { queue: number; tasks: number } {
  const share = connectionBudget(env)?.worker ?? leastForWorker;
  const queue = Math.max(2, Math.min(4, Math.floor(share / 2)));
  return { queue, tasks: share - queue };
}
