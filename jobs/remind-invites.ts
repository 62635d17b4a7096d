import { z } from "zod";
import { remindInvites } from "../src/invite-mails/remind.ts";
import { inBatches, task } from "./task.ts";

/** Orders the reminders that are due. Safe to run twice: the commit that orders one also writes down that it went. */
export const remindInvitesJob = task(z.object({}), (_payload, { abortSignal }) =>
  inBatches(remindInvites, 100, abortSignal),
);
