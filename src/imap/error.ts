import { t } from "../i18n/t.ts";
import { outboundError } from "../outbound/error.ts";

export const imapCodes = [
  "wrong_password",
  "certificate",
  "no_such_host",
  "refused",
  "timeout",
  "not_allowed",
  "no_tls",
  "not_encrypted",
  "not_connected",
  "token",
  "provider",
  "busy",
  "failed",
  "unreachable",
] as const;
export type ImapCode = (typeof imapCodes)[number];

/** A mailbox that could not be reached, or not signed in to. The message is the code: it names no address and no secret. */
export class ImapError extends Error {
  code: ImapCode;

  constructor(code: ImapCode, cause?: unknown) {
    super(code, { cause });
    this.code = code;
  }
}

/** What imapflow says, in its own codes and in those that servers answer with (RFC 5530). */
const byCode: Record<string, ImapCode> = {
  CONNECT_TIMEOUT: "timeout",
  GREETING_TIMEOUT: "timeout",
  UPGRADE_TIMEOUT: "timeout",
  STARTTLS_INJECTION: "no_tls",
  ERR_SSL_WRONG_VERSION_NUMBER: "no_tls",
  ERR_SSL_PACKET_LENGTH_TOO_LONG: "no_tls",
  PRIVACYREQUIRED: "no_tls",
  UNAVAILABLE: "unreachable",
  LIMIT: "busy",
  INUSE: "busy",
};

/** What a failure is called here. `byToken`: the sign-in was with an access token, so a refusal concerns that. */
export function imapError(error: unknown, byToken = false): ImapError {
  if (error instanceof ImapError) return error;
  const { code, serverResponseCode, authenticationFailed, tlsFailed, responseStatus } = (error ?? {}) as Record<
    string,
    unknown
  >;
  const known = byCode[String(serverResponseCode)] ?? byCode[String(code)];
  if (known) return new ImapError(known, error);
  if (authenticationFailed) return new ImapError(byToken ? "token" : "wrong_password", error);

  if (responseStatus) return new ImapError("failed", error);

  const found = outboundError(error).code;
  if (found === "unreachable" && tlsFailed) return new ImapError("no_tls", error);
  if (found === "port_not_allowed") return new ImapError("not_allowed", error);
  return new ImapError(found === "too_large" || found === "redirect" ? "unreachable" : found, error);
}

/** The failure in words that say what to do; what is no code is as good as unreachable. */
export function imapWords(code: string): string {
  const words: Record<ImapCode, string> = {
    wrong_password: t("The server does not take this user name with this password."),
    certificate: t(
      "The certificate of the server is not valid for this name, has run out, or nobody known has signed it.",
    ),
    no_such_host: t("There is no host of this name. Look for typing mistakes."),
    refused: t("The server takes no connections at this port."),
    timeout: t("The server did not answer in time. Check host and port."),
    not_allowed: t(
      "Connections to this host or port are not allowed: mail servers are reached at public addresses, port 993 or 143. The operator can allow a network (OUTBOUND_ALLOW).",
    ),
    no_tls: t(
      "The server offers no such encryption at this port, so no password was sent. Choose another encryption or port.",
    ),
    not_encrypted: t("Without encryption is possible only in networks that the operator has allowed (OUTBOUND_ALLOW)."),
    not_connected: t("This mailbox is not connected to a mail server."),
    token: t("The provider does not take the sign-in any more. Sign in again."),
    provider: t("The provider gives no new token at the moment. Look at the connector if this does not pass."),
    busy: t("The mail server takes no more connections at the moment. Try again in a minute."),
    failed: t("The mail server did not do what was asked of it."),
    unreachable: t("The mail server could not be reached."),
  };
  return words[code as ImapCode] ?? words.unreachable;
}
