import { z } from "zod";
import { expireInvites } from "../src/invite-mails/expire.ts";
import { inBatches, task } from "./task.ts";

/**
 * Ends invitations and drafts whose time is up. Safe to run twice, or twice at once: each batch takes rows that are
 * still open and that nobody else holds.
 */
export const expireInvitesJob = task(z.object({}), (_payload, { abortSignal }) =>
  inBatches(expireInvites, 100, abortSignal),
);
