import { z } from "zod";
import { tellPayment } from "../src/subscription/tell-payment.ts";
import { id, task } from "./task.ts";

/**
 * Tells the payment provider about a change of plan. Safe to run twice: it changes nothing here, and the change has the same
 * id each time. One line per account keeps the changes in order.
 */
export const tellPaymentJob = task(
  z.object({ changeId: id, accountId: id, userId: id.nullable(), fromId: id, toId: id }),
  (payload) => tellPayment(payload),
);
