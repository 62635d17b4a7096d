import { sql } from "drizzle-orm";
import type { Reader } from "../db/client.ts";
import type { DomainStatus } from "../db/schema.ts";
import { t } from "../i18n/t.ts";

/** Who an address belongs to by its domain. Decided by the domain alone, so the answer says nothing about a person (T12, T33). */
export type Rule = { kind: "free" } | OpenRule | ClosedRule;

/** The domain is active: whoever proves an address in it is a corporate user of that account (A32, A36). */
export interface OpenRule {
  kind: "open";
  domainId: string;
  /** As it was typed: for people to read. */
  domain: string;
  accountId: string;
  accountName: string;
  /** A38: whether newcomers get a personal mailbox, and with which mailbox role (a system role's key or a role's id). */
  personalMailboxes: boolean;
  personalMailboxRole: string;
}

/** The domain was active once and is not now: nobody new comes in, whoever is in stays (A39–A41, D7). */
export interface ClosedRule {
  kind: "closed";
  domain: string;
  accountId: string;
  /** `paused`: the account is suspended by whoever runs the installation. */
  why: "deactivated" | "suspended" | "unverified" | "paused";
}

interface Row extends Record<string, unknown> {
  id: string;
  account_id: string;
  account_name: string;
  shown_name: string;
  status: DomainStatus;
  was_active: boolean;
  paused: boolean;
  personal_mailboxes: boolean;
  personal_mailbox_role: string;
}

/**
 * The rule for an address, by its exact domain: a sub-domain is another domain (T24). A claim that was never active counts
 * for nothing, nor does one that was deleted, or whose account was. `hold` keeps the domain as it is until the transaction
 * ends: an activation or deactivation waits for whoever is registering, and the other way round (T31).
 */
export async function domainRule(reader: Reader, email: string, { hold = false } = {}): Promise<Rule> {
  const rows = (await reader.execute(sql`
    select d.id, d.account_id, a.name as account_name, d.shown_name, d.status, d.activated_at is not null as was_active,
      a.suspended_at is not null as paused,
      a.personal_mailboxes, a.personal_mailbox_role
    from domains d join accounts a on a.id = d.account_id and a.deleted_at is null
    where d.name = split_part(${email}, '@', 2) and d.ended_at is null
    order by d.id
    ${hold ? sql`for share of d` : sql``}`)) as unknown as Row[];
  const open = rows.find(({ status, paused }) => status === "active" && !paused);
  if (open) return openRule(open);
  const [closed] = rows.filter((row) => row.was_active).sort((a, b) => rank(a) - rank(b));
  if (!closed) return { kind: "free" };
  return { kind: "closed", domain: closed.shown_name, accountId: closed.account_id, why: whyClosed(closed) };
}

const openRule = (row: Row): OpenRule => ({
  kind: "open",
  domainId: row.id,
  domain: row.shown_name,
  accountId: row.account_id,
  accountName: row.account_name,
  personalMailboxes: row.personal_mailboxes,
  personalMailboxRole: row.personal_mailbox_role,
});

const whyClosed = ({ status, paused }: Row): ClosedRule["why"] => {
  if (paused && status === "active") return "paused";
  return status === "suspended" || status === "unverified" ? status : "deactivated";
};

/** Where several accounts closed the name, the state that may end by itself is named first. */
const rank = ({ status }: Row) => ["active", "suspended", "verified", "unverified"].indexOf(status);

/**
 * Why nobody new can come in with an address in this domain, and what to do. It names no account: anybody may ask. Whoever asks
 * as one of the account that runs it (`asking`) is led to the domain, instead of to their own administrators.
 */
export function closedWords({ domain, why, accountId }: ClosedRule, asking?: string): string {
  if (asking === accountId && why !== "paused")
    return t(
      "{domain} takes in nobody new, because it is not active in this account at the moment. What is missing stands under Domains.",
      {
        domain,
      },
    );
  switch (why) {
    case "paused":
      return t(
        "{domain} takes in nobody new at the moment: the account that runs it is suspended. Ask whoever runs the domain, or try again later.",
        { domain },
      );
    case "suspended":
      return t(
        "{domain} takes in nobody new at the moment: its DNS record cannot be found any more. Ask whoever runs the domain, or try again later.",
        { domain },
      );
    case "unverified":
      return t(
        "{domain} takes in nobody new: the organisation that runs it has withdrawn its proof. Ask its administrators.",
        { domain },
      );
    case "deactivated":
      return t(
        "{domain} takes in nobody new: the organisation that runs it has deactivated it. Ask its administrators.",
        {
          domain,
        },
      );
  }
}
