import { sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { domainRule } from "../belonging/rule.ts";
import { config } from "../config.ts";
import { activeDomains } from "../corporate/queries.ts";
import type { Tx } from "../db/client.ts";
import { Invalid } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { holdPlan } from "../plans/room.ts";
import { isSomebodyElses, meansMore, speaksForDomain } from "../registration/personal-mailbox.ts";
import { hosted } from "./delivered.ts";

/** Where an account may have addresses: its active domains, then the installation's own. */
export async function domainChoices(accountId: string): Promise<{ name: string; shownName: string }[]> {
  return [...(await activeDomains(accountId)), { name: config.MAIL_DOMAIN, shownName: config.MAIL_DOMAIN }];
}

/**
 * Makes sure that an address may become an alias or a group of the account, and stays free until the transaction ends. It is in
 * MAIL_DOMAIN or an active domain of the account; no mailbox, alias or group has it, and nobody but `own` signs in with it
 * (T29). To be called before anything is locked. Throws Invalid about `local` or `domain`.
 */
export async function assertMayTake(tx: Tx, actor: Actor, address: string, own = ""): Promise<void> {
  const shared = address.endsWith(`@${config.MAIL_DOMAIN}`);
  if (shared && speaksForDomain(address))
    throw new Invalid("local", t("This address speaks for the whole domain and cannot be taken. Choose another."));
  if (meansMore(address)) throw new Invalid("local", t("An address that mail is kept under has no + and no * in it."));
  if (!shared) {
    const rule = await domainRule(tx, address, { hold: true });
    if (rule.kind !== "open" || rule.accountId !== actor.accountId)
      throw new Invalid("domain", t("Choose one of the domains. It has to be active in this account."));
  }
  // Personal mailboxes are made by the thousand and take no lock for each address: nobody makes one while this is decided.
  holdPlan(tx, actor.accountId);
  const elses = await isSomebodyElses(tx, address, own);
  const [box] = await tx.execute(sql`select 1 from mailboxes b where b.address = ${address} and ${hosted}`);
  if (elses || box) throw new Invalid("local", t("This address is taken already. Choose another."));
}
