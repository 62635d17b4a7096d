import { t } from "../i18n/t.ts";

export const outboundCodes = [
  "no_such_host",
  "not_allowed",
  "timeout",
  "refused",
  "certificate",
  "port_not_allowed",
  "unreachable",
  "too_large",
  "redirect",
] as const;
export type OutboundCode = (typeof outboundCodes)[number];

/** A connection on somebody's word that was not made, or that failed. The message is the code: it names no address (T73). */
export class OutboundError extends Error {
  code: OutboundCode;

  constructor(code: OutboundCode, cause?: unknown) {
    super(code, { cause });
    this.code = code;
  }
}

/** OpenSSL's names of what is wrong with a certificate, and Node's for one that belongs to another name. */
const certificateTrouble =
  /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY|DECODE|DECRYPT)|HOSTNAME_MISMATCH|INVALID_(CA|PURPOSE)/;

const byErrno: Record<string, OutboundCode> = {
  ENOTFOUND: "no_such_host",
  ENODATA: "no_such_host",
  ECONNREFUSED: "refused",
  ETIMEDOUT: "timeout",
  ETIMEOUT: "timeout",
  UND_ERR_CONNECT_TIMEOUT: "timeout",
  UND_ERR_HEADERS_TIMEOUT: "timeout",
  UND_ERR_BODY_TIMEOUT: "timeout",
  UND_ERR_ABORTED: "timeout",
  ABORT_ERR: "timeout",
};

/** What a failed connection is called here, from Node's, OpenSSL's and undici's codes; `unreachable` where none is known. */
export function outboundError(error: unknown): OutboundError {
  if (error instanceof OutboundError) return error;
  const { code = "", name = "", errors = [], cause } = (error ?? {}) as Record<string, unknown>;
  const text = String(code);
  if (name === "AbortError" || name === "TimeoutError") return new OutboundError("timeout", error);
  if (byErrno[text]) return new OutboundError(byErrno[text], error);
  if (certificateTrouble.test(text)) return new OutboundError("certificate", error);
  // Several addresses were tried (happy eyeballs): what became of the first says it.
  const [first] = Array.isArray(errors) ? errors : [];
  const deeper = first ?? cause;
  return deeper && deeper !== error ? outboundError(deeper) : new OutboundError("unreachable", error);
}

/** The failure in words, for forms and logs; what is no code is as good as unreachable. */
export function outboundWords(code: string): string {
  const words: Record<OutboundCode, string> = {
    no_such_host: t("There is no host of this name. Look for typing mistakes."),
    not_allowed: t(
      "This address is in a private or reserved network. Connections go to public addresses only; the operator can allow a network (OUTBOUND_ALLOW).",
    ),
    timeout: t("The server did not answer in time."),
    refused: t("The server takes no connections at this port."),
    certificate: t(
      "The server’s certificate is not valid: it is for another name, has run out, or nobody known signed it.",
    ),
    port_not_allowed: t("Connections to this port are not allowed."),
    unreachable: t("The server could not be reached."),
    too_large: t("The server’s answer was too large."),
    redirect: t("The server redirects to another address. Redirects are not followed: enter the final address."),
  };
  return words[code as OutboundCode] ?? words.unreachable;
}
