import { log } from "../log.ts";

/**
 * A web process looks once a minute as well. What it finds missing it says by itself: without a worker the mail in the
 * queue would wait for one.
 */
export function watchAlarms(): { stop(): void } {
  const look = async () => {
    const { judgeAlarms } = await import("./settle.ts");
    await judgeAlarms();
    const { mailWithoutWorker } = await import("./without-worker.ts");
    await mailWithoutWorker();
  };
  const timer = setInterval(() => void look().catch((error) => log.warn({ err: error }, "alarms not judged")), 60_000);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}
