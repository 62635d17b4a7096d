import { z } from "zod";
import { releaseMails } from "../src/mail/held.ts";
import { task } from "./task.ts";

/**
 * Lets the next held mails into the queue. Safe to run twice: the commit that queues a mail also marks it, and while enough
 * of them wait no more are let in.
 */
export const releaseMailsJob = task(z.object({}), async () => {
  await releaseMails();
});
