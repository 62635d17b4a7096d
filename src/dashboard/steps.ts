import { type Actor, can } from "../access/actor.ts";
import { t } from "../i18n/t.ts";
import type { Standing } from "./queries.ts";

export interface Step {
  done: boolean;
  title: string;
  about: string;
  words: string;
  href: string;
}

/**
 * How a new account begins, as far as the actor may do it: each step once, ticked off when it is done. All done: none, and the
 * card is gone for good.
 */
export function firstSteps(actor: Actor, { domains, people, shared }: Standing): Step[] {
  const steps: (Step | false)[] = [
    can(actor, "domains.add") && {
      done: domains.proven > 0,
      title: t("Prove a domain"),
      about: t("Whoever has an address in it then belongs to this account, and you create their users."),
      words: domains.unproven > 0 ? t("Go on with your domain") : t("Add domain"),
      href: domains.unproven > 0 ? "/admin/domains" : "/admin/domains/new",
    },
    can(actor, "invites.send") && {
      done: people,
      title: t("Invite somebody"),
      about: t("Anybody with an e-mail address. You choose what they may do before the mail goes out."),
      words: t("Invite user"),
      href: "/admin/users/new",
    },
    can(actor, "mailboxes.add") && {
      done: shared,
      title: t("Add a mailbox"),
      about: t("One that several people share, like support or press, each with rights of their own."),
      words: t("Add mailbox"),
      href: "/admin/mailboxes/new",
    },
  ];
  const mine = steps.filter((step) => step !== false);
  return mine.every(({ done }) => done) ? [] : mine;
}
