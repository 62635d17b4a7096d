import { config } from "../config.ts";
import { imapSecurities } from "../db/boxes.ts";
import { t } from "../i18n/t.ts";
import { type ProviderNote, proposeSettings } from "./providers.ts";

/** What the form of a connection offers, and what it says about a provider. No encryption at all: only where the operator has allowed some network. */
export const choices = (address: string) => ({
  securities: imapSecurities
    .filter((each) => each !== "none" || config.OUTBOUND_ALLOW.length > 0)
    .map((each) => [each, securityWords(each)]),
  note: noteWords(proposeSettings(address).note),
});

const securityWords = (security: (typeof imapSecurities)[number]) =>
  ({ tls: t("TLS (usual, port 993)"), starttls: t("STARTTLS (port 143)"), none: t("None") })[security];

function noteWords(note: ProviderNote | undefined): string {
  if (note === "app_password")
    return t(
      "This provider wants an app password here, not the usual one. It is made in the settings of the account there.",
    );
  if (note === "oauth") return t("This provider takes no passwords any more: the sign-in goes through a connector.");
  if (note === "enable") return t("IMAP has to be switched on in the settings of the account at this provider.");
  return "";
}
