import { z } from "zod";
import { measureMailbox } from "../src/storage/measure.ts";
import { id, task } from "./task.ts";

/** Measures one mailbox because somebody asked. Safe to run twice: it measures again; one that is gone is left alone. */
export const measureMailboxJob = task(z.object({ mailboxId: id }), async ({ mailboxId }) => {
  await measureMailbox(mailboxId);
});
