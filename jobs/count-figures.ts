import { z } from "zod";
import { storeFigures } from "../src/figures/store.ts";
import { id, task } from "./task.ts";

/** Counts a large account for its dashboard. Safe to run twice: the last count stands. An account that is gone is not counted. */
export const countFiguresJob = task(z.object({ accountId: id }), async ({ accountId }) => storeFigures(accountId));
