import { t } from "../i18n/t.ts";
import type { Advice, ProofCode } from "./codes.ts";

/** X8: each mistake on the way to proving a domain, with what to do about it. */
export const proofWords: Record<ProofCode, (values: Record<string, string>) => Advice> = {
  proven_by_txt: (v) => ({
    problem: t("The TXT record at {host} proves the domain.", v),
    remedy: t("Leave it where it is: it is looked at again every day."),
  }),
  proven_by_cname: (v) => ({
    problem: t("The CNAME record at {host} proves the domain.", v),
    remedy: t("Leave it where it is: it is looked at again every day."),
  }),
  nothing_found: (v) => ({
    problem: t("There is no record at {host}.", v),
    remedy: t("Add it where the zone {zone} is managed. Its name servers are {servers}.", v),
  }),
  propagating: (v) => ({
    problem: t("Not all name servers agree yet: {with} has the record, {without} does not.", v),
    remedy: t(
      "Your DNS provider passes it on by itself, mostly within minutes. Muster looks again; you need not do anything.",
    ),
  }),
  zone_doubled: (v) => ({
    problem: t("The record stands at {found}: your DNS provider added {zone} to a name that had it already.", v),
    remedy: t("Change the host to {relative}, without {zone} at its end.", v),
  }),
  quotes_kept: (v) => ({
    problem: t("The value at {host} has quotation marks in it: {found}", v),
    remedy: t("Remove the quotation marks. The value is exactly this: {expected}", v),
  }),
  spaces_or_case: (v) => ({
    problem: t("The value at {host} has a space too many, or capital letters: {found}", v),
    remedy: t("Copy it once more, exactly like this: {expected}", v),
  }),
  missing_prefix: (v) => ({
    problem: t("The value at {host} lacks its beginning: {found}", v),
    remedy: t("The value starts with token= and is, as a whole: {expected}", v),
  }),
  split_strings: (v) => ({
    problem: t("The value at {host} is in pieces: {found}", v),
    remedy: t("Delete the pieces and make one TXT record whose value is, in one line: {expected}", v),
  }),
  cut_off: (v) => ({
    problem: t("The value at {host} ends too early: {found}", v),
    remedy: t("Copy the whole value once more: {expected}", v),
  }),
  cname_at_host: (v) => ({
    problem: t("At {host} there is a CNAME record to {target}, where the TXT record should be.", v),
    remedy: t(
      "Remove that CNAME record, or the wildcard * that it comes from, and add the TXT record: beside a CNAME no other record counts. Or prove the domain by the CNAME record at {alias} instead.",
      v,
    ),
  }),
  cname_wrong_host: (v) => ({
    problem: t("The CNAME record stands at {host}, where the TXT record belongs.", v),
    remedy: t("Move it to {alias}, or make a TXT record at {host} in its place.", v),
  }),
  cname_wrong_target: (v) => ({
    problem: t("The CNAME record at {host} leads to {target}.", v),
    remedy: t("Let it lead to {expected}.", v),
  }),
  cname_target_doubled: (v) => ({
    problem: t("The CNAME record at {host} leads to {target}: your DNS provider added {zone} to the target.", v),
    remedy: t("Enter the target with a dot at its end, which says that the name is complete: {dotted}", v),
  }),
  cname_wildcard: (v) => ({
    problem: t("Every name below {name} leads to {expected} by the wildcard {host}: that proves nothing.", v),
    remedy: t("Remove the wildcard record and add a CNAME record for {alias} alone.", v),
  }),
  at_apex: (v) => ({
    problem: t("The record stands at {name} itself instead of {host}.", v),
    remedy: t("Move it: the host is {relative}, the value stays the same.", v),
  }),
  wrong_label: (v) => ({
    problem: t("The record stands at {found}, but it is looked for at {host}.", v),
    remedy: t("Change the host to {relative}; the underscore and the hyphen are part of it.", v),
  }),
  wrong_zone: (v) => ({
    problem: t("The record stands at {found}: that proves another name than {name}.", v),
    remedy: t("Add it for {name} itself: the host is {relative} in the zone {zone}.", v),
  }),
  wrong_servers: (v) => ({
    problem: t("The record is on {strays}, but {zone} is answered by {servers}.", v),
    remedy: t(
      "Add the record where the name servers that answer are managed, or enter the other ones at your registrar first.",
    ),
  }),
  public_suffix: (v) => ({
    problem: t("Under {name} everybody can register names, so nobody owns it.", v),
    remedy: t("Delete this domain and add your own, such as your-company.{name}.", v),
  }),
  public_provider: (v) => ({
    problem: t("Everybody can get an address at {name}, so it does not belong to one company.", v),
    remedy: t("Delete this domain and add your company’s own."),
  }),
  other_account_token: (v) => ({
    problem: t("The token at {host} belongs to another account.", v),
    remedy: t("Add a second TXT record at the same host with this account’s value: {expected}. The other may stay.", v),
  }),
  other_domain_token: (v) => ({
    problem: t("The token at {host} is the one of your domain {other}.", v),
    remedy: t("Each domain has a token of its own. The value for {name} is: {expected}", v),
  }),
  old_token: (v) => ({
    problem: t("The token at {host} is an old one of this domain.", v),
    remedy: t("Every new claim has a new token. Replace the value by: {expected}", v),
  }),
  unknown_token: (v) => ({
    problem: t("The token at {host} is unknown here: {found}", v),
    remedy: t("Replace the value by: {expected}", v),
  }),
  other_text: (v) => ({
    problem: t("There is a TXT record at {host}, but it says something else: {found}", v),
    remedy: t("Add another TXT record at the same host with the value: {expected}", v),
  }),
  not_delegated: (v) => ({
    problem: t("{name} does not exist in DNS: the name servers of {zone} do not know it.", v),
    remedy: t("Look for a spelling mistake. A new domain needs name servers, which you set at your registrar."),
  }),
  no_answer: (v) => ({
    problem: t("None of the name servers of {zone} has answered: {servers}.", v),
    remedy: t("Nothing is concluded from that. Muster asks again by itself; if it lasts, ask your DNS provider."),
  }),
  servers_fail: (v) => ({
    problem: t("The name servers of {zone} answer with errors: {servers}.", v),
    remedy: t(
      "Nothing is concluded from that. If it lasts: servers that do not feel responsible mean that your registrar names the wrong ones, or that the zone is missing there.",
    ),
  }),
  too_much: (v) => ({
    problem: t("At {host} there is more than a DNS answer may hold.", v),
    remedy: t("Remove records there that nobody needs any more."),
  }),
  cname_loop: (v) => ({
    problem: t("The CNAME record at {host} leads in a circle or through too many names.", v),
    remedy: t("Remove it, or let it lead to its target directly."),
  }),
  only_resolvers: (v) => ({
    problem: t("The record is in DNS, but the name servers of {zone} do not answer to Muster: {servers}.", v),
    remedy: t(
      "Only they count. The operators of this installation can see whether it may ask name servers on port 53.",
    ),
  }),
  no_resolver: () => ({
    problem: t("Muster could not look anything up: no DNS resolver answered."),
    remedy: t(
      "Nothing is concluded from that. If it lasts, tell the operators of this installation (setting DNS_SERVERS).",
    ),
  }),
  unfinished: (v) => ({
    problem: t("Looking up {host} took too long and was stopped.", v),
    remedy: t("Nothing is concluded from that. Muster tries again by itself."),
  }),
};
