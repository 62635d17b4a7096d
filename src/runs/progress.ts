import type { Domain } from "../domains/queries.ts";
import { t } from "../i18n/t.ts";
import type { Run, ShownRun } from "./queries.ts";

/** What the page and the fragment show of a run. */
export interface Progress {
  /** 0 to 100, whole. */
  percent: number;
  total: number;
  /** People a second since it went on last; 0 while that cannot be said. */
  perSecond: number;
  /** Time left in words; empty while that cannot be said. */
  left: string;
  skipped: number;
  /** Taken in or let go more than the plan said, and fewer. */
  more: number;
  fewer: number;
  /** Nobody has worked on it for a while, though it is under way. */
  waits: boolean;
  moves: boolean;
}

/** How a run stands, by the database's clock. */
export function progressOf(run: ShownRun): Progress {
  const total = Math.max(run.total, run.done);
  const moved = run.done - run.wentOnFrom;
  const perSecond = run.movingFor > 0.5 && moved > 0 ? moved / run.movingFor : 0;
  const key = run.kind === "undo" ? "people" : "taken";
  const [done, planned] = [run.result[key] ?? 0, run.plan[key] ?? 0];
  const over = run.status === "done";
  return {
    percent: over ? 100 : total === 0 ? 0 : Math.floor((100 * run.done) / total),
    total: run.total,
    perSecond: Math.round(perSecond),
    left: over || perSecond === 0 ? "" : inTime((total - run.done) / perSecond),
    skipped: ["elsewhere", "unproven", "disabled", "here"].reduce((sum, each) => sum + (run.result[each] ?? 0), 0),
    more: Math.max(0, done - planned),
    fewer: over ? Math.max(0, planned - done) : 0,
    waits: run.status === "running" && run.stillFor > 15,
    moves: run.status === "running",
  };
}

/** So many seconds in words. */
export function inTime(seconds: number): string {
  if (seconds < 90) return t("{seconds} s", { seconds: Math.ceil(seconds) });
  if (seconds < 5400) return t("{minutes} min", { minutes: Math.ceil(seconds / 60) });
  return t("{hours} h", { hours: Math.ceil(seconds / 3600) });
}

export interface Compared {
  key: string;
  label: string;
  planned: number;
  done: number;
}

/** The plan beside what was done, category by category (X1). */
export function comparison(run: Run): Compared[] {
  const labels =
    run.kind === "undo"
      ? {
          people: t("Let go"),
          places: t("Left the account"),
          staying: t("Stay with what they hold"),
          mailboxes: t("Mailboxes archived"),
        }
      : {
          taken: t("Taken in"),
          members: t("Of them in this account or invited before"),
          clashes: t("Mailbox addresses taken"),
          full: t("Without a personal mailbox: the plan is full"),
          here: t("Corporate users here already"),
          elsewhere: t("Skipped: corporate user of another account"),
          unproven: t("Skipped: the address is not proven"),
          disabled: t("Skipped: the profile is disabled"),
        };
  return Object.entries(labels).map(([key, label]) => ({
    key,
    label,
    planned: key === "members" ? (run.plan.members ?? 0) + (run.plan.invitations ?? 0) : (run.plan[key] ?? 0),
    done: run.result[key] ?? 0,
  }));
}

/** Whether a run that was stopped or given up can go on: nobody is taken in while the domain is not active (A40). */
export const isResumable = (run: Run, domain: Domain): boolean =>
  (run.status === "stopped" || run.status === "failed") && (run.kind === "undo" || domain.status === "active");

/** Why a run does not go on, and what to do. */
export function stoppedWords(run: Run, domain: Domain): string {
  if (!isResumable(run, domain))
    return t(
      "It does not go on, because the domain is not active any more. What is done stays. When the domain is active again, those who are left can be taken in.",
    );
  if (run.error === "not_active")
    return t("It stopped because the domain was not active. What is done stays; it goes on from there.");
  if (run.error)
    return t(
      "It failed again and again, and was given up. What is done stays. Resume it; if it fails again, ask whoever runs this installation.",
    );
  return t("It was stopped. What is done stays; it goes on from there.");
}
