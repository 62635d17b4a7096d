import { pathToFileURL } from "node:url";
import { config } from "../config.ts";
import { log } from "../log.ts";

/** A plan as it is offered and paid for. */
export interface Offer {
  id: string;
  name: string;
  /** Mailboxes included; null for as many as one likes. */
  mailboxes: number | null;
  /** The words that were shown: “€ 4 a month”. */
  price: string;
}

/** An account goes from one plan to another. */
export interface PlanChange {
  /** The same when it is told again: whoever books does so once. */
  id: string;
  account: { id: string; name: string };
  /** Who pressed the button; null where the installation did. */
  by: { id: string; email: string } | null;
  from: Offer;
  to: Offer;
}

export type Answer = { agreed: true } | { agreed: false; because: string };

/**
 * Whoever takes the money. `ask` comes before a change is written, while somebody waits: it says yes, or why not, in words for
 * the page. Nothing is settled by it: the change may still fail. `tell` comes after it was written, from the queue, at least
 * once and in order for an account; when it throws it is told again later. How to write one: docs/operations.md.
 */
export interface PaymentProvider {
  ask(change: PlanChange): Promise<Answer>;
  tell(change: PlanChange): Promise<void>;
}

/** Agrees to everything and writes it down: for who sends invoices by hand, or none. */
const manual: PaymentProvider = {
  ask: async () => ({ agreed: true }),
  tell: async ({ id, account, from, to }) => {
    log.info({ change: id, account: account.id, from: from.name, to: to.name }, "an account changed its plan");
  },
};

let provider: Promise<PaymentProvider> | undefined;

/** The provider of this installation: the module that PAYMENT_MODULE names (it exports `provider`), else the manual one. */
export function payment(): Promise<PaymentProvider> {
  provider ??= config.PAYMENT_MODULE
    ? import(pathToFileURL(config.PAYMENT_MODULE).href).then((module) => module.provider as PaymentProvider)
    : Promise.resolve(manual);
  return provider;
}

/** Puts another provider in its place, in this process. */
export function usePayment(other: PaymentProvider): void {
  provider = Promise.resolve(other);
}
