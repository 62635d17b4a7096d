import type { ImapSecurity } from "../db/boxes.ts";

/** What a provider wants besides the usual password; the form says it in words. */
export type ProviderNote = "app_password" | "oauth" | "enable";

export interface Proposal {
  host: string;
  port: number;
  security: ImapSecurity;
  note?: ProviderNote;
  /** The user name is the part before the @. */
  local?: boolean;
}

interface Provider extends Omit<Proposal, "port" | "security"> {
  domains: string[];
}

/** Those that most people have; each serves port 993 with TLS. A list of all there are would be wrong sooner. */
const providers: Provider[] = [
  { domains: ["gmail.com", "googlemail.com"], host: "imap.gmail.com", note: "app_password" },
  { domains: ["outlook.com", "hotmail.com", "live.com", "msn.com"], host: "outlook.office365.com", note: "oauth" },
  { domains: ["yahoo.com", "yahoo.de", "yahoo.co.uk", "ymail.com"], host: "imap.mail.yahoo.com", note: "app_password" },
  { domains: ["icloud.com", "me.com", "mac.com"], host: "imap.mail.me.com", note: "app_password", local: true },
  { domains: ["aol.com"], host: "imap.aol.com", note: "app_password" },
  { domains: ["fastmail.com", "fastmail.fm"], host: "imap.fastmail.com", note: "app_password" },
  { domains: ["gmx.de", "gmx.net", "gmx.at", "gmx.ch"], host: "imap.gmx.net", note: "enable" },
  { domains: ["gmx.com", "mail.com"], host: "imap.gmx.com", note: "enable" },
  { domains: ["web.de"], host: "imap.web.de", note: "enable" },
  { domains: ["t-online.de", "magenta.de"], host: "secureimap.t-online.de" },
  { domains: ["mailbox.org"], host: "imap.mailbox.org" },
  { domains: ["posteo.de", "posteo.net"], host: "posteo.de" },
  { domains: ["zoho.com"], host: "imap.zoho.com", note: "enable" },
  { domains: ["zoho.eu"], host: "imap.zoho.eu", note: "enable" },
];

const usual = { port: 993, security: "tls" } as const;

/** Likely settings for an address, from its domain alone; of a domain that nobody knows here, the name that most use. */
export function proposeSettings(address: string): Proposal & { username: string } {
  const [local = "", domain = ""] = address.split("@");
  const known = providers.find(({ domains }) => domains.includes(domain));
  const username = known?.local ? local : address;
  if (!known) return { host: domain ? `imap.${domain}` : "", ...usual, username };
  return { host: known.host, ...usual, username, ...(known.note ? { note: known.note } : {}) };
}
