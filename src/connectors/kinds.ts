import { config } from "../config.ts";
import { type ConnectorKind, connectorKinds } from "../db/connectors.ts";
import { t } from "../i18n/t.ts";

/** Where providers send people back to, whichever they come from: it is entered there, to the letter. */
export const redirectUrl = `${config.BASE_URL}/admin/connectors/callback`;

/** What is known of a provider before anybody types: addresses as their documentation gives them, and whom they serve. */
export interface Provider {
  authorizeUrl: string;
  tokenUrl: string;
  issuer: string | null;
  scopes: readonly string[];
  imapHost: string;
}

/** Google signs in for everybody at one place. `access_type` and `prompt` are asked for when somebody connects. */
const google: Provider = {
  authorizeUrl: "https://accounts.google.com/o/oauth2/v2/auth",
  tokenUrl: "https://oauth2.googleapis.com/token",
  issuer: "https://accounts.google.com",
  scopes: ["https://mail.google.com/"],
  imapHost: "imap.gmail.com",
};

const microsoftAt = (tenant: string) => `https://login.microsoftonline.com/${tenant}/oauth2/v2.0`;

/** `tenant`: the directory's id or one of its domains; `common` where anybody may come. It does not name itself (RFC 9207). */
const microsoft = (tenant: string): Provider => ({
  authorizeUrl: `${microsoftAt(tenant)}/authorize`,
  tokenUrl: `${microsoftAt(tenant)}/token`,
  issuer: null,
  scopes: ["https://outlook.office.com/IMAP.AccessAsUser.All", "offline_access"],
  imapHost: "outlook.office365.com",
});

/** The provider behind a kind; undefined for `generic`, of which nothing is known. */
export function providerOf(kind: ConnectorKind, tenant: string): Provider | undefined {
  if (kind === "google") return google;
  return kind === "microsoft" ? microsoft(tenant || "common") : undefined;
}

/** The tenant in an authorisation address of Microsoft's; empty for any other address. */
export const tenantIn = (authorizeUrl: string): string =>
  authorizeUrl.match(/^https:\/\/login\.microsoftonline\.com\/([^/]+)\/oauth2\//)?.[1] ?? "";

/** What a new connector's form starts with. */
export function startOf(kind: ConnectorKind): Record<string, string> {
  const provider = providerOf(kind, "");
  return {
    kind,
    name: kind === "generic" ? "" : kindWords(kind),
    tenant: kind === "microsoft" ? "common" : "",
    scopes: (provider?.scopes ?? ["openid", "offline_access"]).join(" "),
    imapHost: provider?.imapHost ?? "",
    imapPort: "993",
    imapSecurity: "tls",
  };
}

/** A kind as people call it. */
export function kindWords(kind: ConnectorKind): string {
  if (kind === "google") return t("Google");
  return kind === "microsoft" ? t("Microsoft") : t("Another provider");
}

/** Every kind, as a choice. */
export const kindChoices = () => connectorKinds.map((kind) => ({ kind, words: kindWords(kind) }));
