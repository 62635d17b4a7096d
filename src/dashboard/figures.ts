import type { Actor } from "../access/actor.ts";
import { db } from "../db/client.ts";
import { countFigures, type Figures, figureCap, isCapped } from "../figures/count.ts";
import { askForFigures } from "../figures/store.ts";
import type { Standing } from "./queries.ts";

export interface ShownFigures {
  figures: Figures;
  /** When a job counted them; undefined where the page has just done it. */
  countedAt?: Date;
  /** A new count is on its way: the page asks again. */
  counting: boolean;
}

const minute = 60_000;
/** A count takes a second or two. Whoever waits longer than this waits for a worker: the page stops asking. */
const patience = 30_000;

/**
 * The counts of an account: a small one's are counted now, a large one's read as a job counted them last. Those older than a
 * minute are asked for anew; before its first count a large account shows how far the page could count (`10,000+`).
 * `watching`: the page that waits for a count asks again and orders nothing.
 */
export async function figuresOf(actor: Actor, standing: Standing, watching: boolean): Promise<ShownFigures> {
  const now = Date.now();
  const { figures, countedAt, askedAt } = standing;
  const known = figures && countedAt !== null ? { figures, countedAt: new Date(countedAt) } : undefined;
  const shown = known ?? { figures: await countFigures(db, actor.accountId, figureCap) };
  const stale = known ? now - countedAt! > minute : isCapped(shown.figures);
  if (!stale) return { ...shown, counting: false };

  if (!watching) await askForFigures(actor.accountId);
  return { ...shown, counting: !watching || now - (askedAt ?? 0) < patience };
}
