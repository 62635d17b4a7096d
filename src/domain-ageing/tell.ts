import { holdersOf } from "../access/holders.ts";
import type { Tx } from "../db/client.ts";
import type { Domain } from "../domains/queries.ts";
import type { MailKind } from "../mail/outbox.ts";
import { notify } from "../notifications/notify.ts";
import type { Move } from "./next-state.ts";

type DomainNews = NonNullable<Move["news"]>;

const mails: Record<DomainNews, MailKind> = {
  "domain.verified": "domain_verified",
  "domain.at_risk": "domain_at_risk",
  "domain.suspended": "domain_suspended",
  "domain.recovered": "domain_recovered",
  "domain.lapsed": "domain_lapsed",
};

/** Tells everybody who may verify domains of the account, its Owners among them, by bell and mail: in the move's transaction. */
export async function tellAdministrators(tx: Tx, domain: Domain, kind: DomainNews, more: Record<string, string> = {}) {
  const { accountId, id: subjectId, shownName, riskReason } = domain;
  const data: Record<string, string> = { domain: shownName, ...more };
  if (riskReason) data.reason = JSON.stringify(riskReason);
  for (const userId of await holdersOf(tx, accountId, "domains.verify")) {
    await notify(tx, { userId, accountId, kind, subjectId, data, mail: mails[kind] });
  }
}
