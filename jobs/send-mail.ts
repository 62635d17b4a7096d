import { z } from "zod";
import { deliverMail } from "../src/mail/deliver.ts";
import { composers, reportDelivery } from "./letters.ts";
import { id, task } from "./task.ts";

/**
 * Sends one mail. Safe to run twice: only a mail that is not settled is claimed, the link in it is recomputed from its
 * token's row, and the Message-ID never changes.
 */
export const sendMail = task(z.object({ mailId: id }), ({ mailId }, { job }) =>
  deliverMail(mailId, (mail) => composers[mail.kind](mail), reportDelivery, job.attempts >= job.max_attempts),
);
