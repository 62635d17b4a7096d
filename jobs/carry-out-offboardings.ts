import { z } from "zod";
import { carryOutDue, carryOutPlanned } from "../src/offboarding-runs/run-due.ts";
import { id, task } from "./task.ts";

/** One departure at its time. Safe to run twice: only what is still planned, and due, is carried out, under a lock of its row. */
export const carryOutOffboardingJob = task(z.object({ offboardingId: id }), async ({ offboardingId }) => {
  await carryOutPlanned(offboardingId);
});

/** Finds departures that are due and receipts that nobody drew up. Safe to run twice, or twice at once, as above. */
export const carryOutOffboardings = task(z.object({}), async () => {
  await carryOutDue(100);
});
