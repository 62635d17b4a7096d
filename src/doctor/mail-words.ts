import { t } from "../i18n/t.ts";
import type { Advice, MailCode } from "./codes.ts";

/** M8: what the checks of CNAME, MX, SPF and DKIM find, with what to do about it. */
export const mailWords: Record<MailCode, (values: Record<string, string>) => Advice> = {
  not_configured: () => ({
    problem: t("This installation is not set up for this check."),
    remedy: t("You need not do anything."),
  }),
  cname_ok: (v) => ({
    problem: t("The CNAME record at {host} is right.", v),
    remedy: t("You need not do anything."),
  }),
  cname_missing: (v) => ({
    problem: t("There is no CNAME record at {host}.", v),
    remedy: t("It is needed only where the TXT record is not: one of the two proves the domain."),
  }),
  cname_at_domain: (v) => ({
    problem: t("{name} is a CNAME to {target}: beside a CNAME no other record counts.", v),
    remedy: t(
      "Replace the CNAME by A and AAAA records (your provider may call it ALIAS or ANAME), then add the others.",
    ),
  }),
  mx_ok: (v) => ({
    problem: t("Mail for {name} is delivered here.", v),
    remedy: t("You need not do anything."),
  }),
  mx_missing: (v) => ({
    problem: t("{name} has no MX record.", v),
    remedy: t("Add MX records for: {expected}", v),
  }),
  mx_null: (v) => ({
    problem: t("{name} says by its MX record that it takes no mail at all.", v),
    remedy: t("Replace it by MX records for: {expected}", v),
  }),
  mx_elsewhere: (v) => ({
    problem: t("Mail for {name} goes elsewhere: {others}", v),
    remedy: t("When the mailboxes here shall take over, replace the MX records by: {expected}", v),
  }),
  mx_partial: (v) => ({
    problem: t("An MX record is missing: {missing}", v),
    remedy: t("Add it, so that mail still arrives when one server is away."),
  }),
  mx_others: (v) => ({
    problem: t("Besides ours there are other MX records, so some mail may go elsewhere: {others}", v),
    remedy: t("Remove the others once the move is finished."),
  }),
  mx_doubled: (v) => ({
    problem: t("The MX record names {found}: your DNS provider added {zone} to the host.", v),
    remedy: t("Enter the host with a dot at its end, which says that the name is complete: {dotted}", v),
  }),
  spf_ok: (v) => ({
    problem: t("The SPF record of {name} allows this installation to send.", v),
    remedy: t("You need not do anything."),
  }),
  spf_missing: (v) => ({
    problem: t("{name} has no SPF record.", v),
    remedy: t("Add a TXT record at {name}: {expected}", v),
  }),
  spf_many: (v) => ({
    problem: t("{name} has {count} SPF records; with more than one, none counts.", v),
    remedy: t("Join them into one that contains {term}", v),
  }),
  spf_not_included: (v) => ({
    problem: t("The SPF record of {name} does not name this installation: {found}", v),
    remedy: t("Put {term} into it, in front of “all”.", v),
  }),
  spf_after_all: (v) => ({
    problem: t("In the SPF record of {name}, {term} comes after “all”, where nobody reads it.", v),
    remedy: t("Put {term} in front of “all”.", v),
  }),
  spf_everybody: (v) => ({
    problem: t("The SPF record of {name} allows everybody to send in its name: {found}", v),
    remedy: t("Let it end with ~all or -all."),
  }),
  spf_lookups: (v) => ({
    problem: t("The SPF record of {name} needs {count} look-ups; after 10 receivers give up.", v),
    remedy: t("Remove includes that nobody needs any more."),
  }),
  spf_broken: (v) => ({
    problem: t("The SPF record of {name} has a mistake: {term}", v),
    remedy: t("Correct or remove that part: receivers ignore a record with a mistake."),
  }),
  dkim_ok: (v) => ({
    problem: t("The DKIM key at {host} is the right one.", v),
    remedy: t("You need not do anything."),
  }),
  dkim_missing: (v) => ({
    problem: t("There is no DKIM record at {host}.", v),
    remedy: t("Add the expected TXT record. Its value is long; most providers split it by themselves."),
  }),
  dkim_many: (v) => ({
    problem: t("At {host} there are {count} TXT records, so receivers take any of them.", v),
    remedy: t("Keep only the expected one."),
  }),
  dkim_revoked: (v) => ({
    problem: t("The DKIM record at {host} has an empty key: it says that the key was withdrawn.", v),
    remedy: t("Replace its value by the expected one."),
  }),
  dkim_other_key: (v) => ({
    problem: t("The DKIM key at {host} is another one.", v),
    remedy: t("Replace its value by the expected one, which belongs to this domain and this account."),
  }),
  dkim_cut: (v) => ({
    problem: t("The DKIM key at {host} ends after {count} characters.", v),
    remedy: t(
      "Some providers take 255 characters only. Enter the value in parts of at most 255, each in quotation marks, within one record.",
    ),
  }),
  dkim_split: (v) => ({
    problem: t("The DKIM key at {host} is in several TXT records.", v),
    remedy: t("Put all parts into one record: each in quotation marks, one after the other."),
  }),
  dkim_broken: (v) => ({
    problem: t("The DKIM record at {host} is not well-formed: {found}", v),
    remedy: t("Replace its value by the expected one."),
  }),
};
