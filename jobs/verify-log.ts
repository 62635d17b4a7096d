import { z } from "zod";
import { beginCheck } from "../src/log-checks/begin.ts";
import { verifySlice } from "../src/log-checks/verify-slice.ts";
import { id, task } from "./task.ts";

/** The nightly walk along the chain of the audit log (X12). Safe to run twice: one that is under way goes on, and no other begins. */
export const verifyLogJob = task(z.object({}), () => beginCheck());

/** A slice of it. Safe to run twice, or twice at once: it only reads, and what it found counts once, by the number of the slice. */
export const verifySliceJob = task(z.object({ checkId: id }), ({ checkId }, { abortSignal }) =>
  verifySlice(checkId, abortSignal),
);
