import type { Request, Response } from "express";
import { blankForm, type Form } from "../http/form.ts";
import { page } from "../http/render.ts";
import { domainChoices } from "../mail-addresses/take.ts";
import { deliveryOf, listAliases } from "../mailbox-aliases/queries.ts";
import { listForwards } from "./queries.ts";

/** Where the mail of a mailbox comes from and where it goes: its aliases and forwards. `forms`: those that were refused. */
export async function deliveryPage(
  { actor }: Pick<Request, "actor">,
  res: Response,
  mailboxId: string,
  forms: { alias?: Form<unknown>; forward?: Form<unknown> } = {},
) {
  const { mailbox, mayChange } = await deliveryOf(actor, mailboxId);
  const [aliases, forwards, domains] = await Promise.all([
    listAliases(mailbox),
    listForwards(actor, mailbox),
    domainChoices(actor.accountId),
  ]);
  return page(res, "mailbox-delivery/index", {
    title: mailbox.name,
    mailbox,
    mayChange,
    aliases,
    forwards,
    domains,
    alias: forms.alias ?? blankForm({ domain: mailbox.address.slice(mailbox.address.lastIndexOf("@") + 1) }),
    forward: forms.forward ?? blankForm({ keepCopy: "on" }),
  });
}
