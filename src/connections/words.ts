import { t } from "../i18n/t.ts";
import { imapWords } from "../imap/error.ts";
import { OutboundError, outboundWords } from "../outbound/error.ts";

/** What a provider says when it sends somebody back without a code (RFC 6749, OpenID Connect Core), in words. */
export function refusalWords(code: string): string {
  const words: Record<string, string> = {
    access_denied: t(
      "Access was not given at the provider: somebody pressed Cancel there, or an administrator there does not allow it.",
    ),
    consent_required: t("The provider wants somebody’s consent first: an administrator there may have to give it."),
    interaction_required: t("The provider wants somebody to sign in first. Try again."),
    login_required: t("The provider wants somebody to sign in first. Try again."),
    invalid_scope: t("The provider does not know one of the scopes. Correct the connector."),
    unauthorized_client: t("The provider does not let this client do this. Look at how Muster is registered there."),
    invalid_request: t(
      "The provider could not read the request. Look at the addresses and the scopes of the connector.",
    ),
    server_error: t("Something went wrong at the provider. Try again later."),
    temporarily_unavailable: t("The provider is overloaded. Try again later."),
  };
  return Object.hasOwn(words, code) ? words[code]! : t("The provider refused the sign-in.");
}

/** What a token address answers (RFC 6749, 5.2), in words. */
function tokenWords(code: string): string {
  const words: Record<string, string> = {
    invalid_client: t(
      "The provider does not take the client ID and secret of this connector. The secret may have run out.",
    ),
    invalid_grant: t(
      "The provider does not take this sign-in: it was used before, took too long, or is not for this connector. Try again.",
    ),
    unauthorized_client: t("The provider does not let this client do this. Look at how Muster is registered there."),
    invalid_scope: t("The provider does not know one of the scopes. Correct the connector."),
  };
  return Object.hasOwn(words, code)
    ? words[code]!
    : t("The provider gave no token. Look at the token address of the connector.");
}

const controls = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g;

/** What a stranger wrote, as one line that can be shown: cut, and without signs that direct (T63, T70). */
export const quotable = (text: unknown): string =>
  typeof text === "string" ? text.replaceAll(controls, " ").trim().slice(0, 300) : "";

/** Why no token came, and what the provider itself says about it; undefined where it is no failure of this kind. */
export function exchangeWords(error: unknown): { message: string; quote: string } | undefined {
  if (error instanceof OutboundError) return { message: outboundWords(error.code), quote: "" };
  const { code, error: said, error_description: about } = (error ?? {}) as Record<string, unknown>;
  if (code === "OAUTH_RESPONSE_BODY_ERROR") return { message: tokenWords(String(said)), quote: quotable(about) };
  if (code === "OAUTH_WWW_AUTHENTICATE_CHALLENGE") return { message: tokenWords("invalid_client"), quote: "" };
  if (code === "OAUTH_INVALID_RESPONSE" && /\(issuer\)/.test(String((error as Error).message))) {
    return {
      message: t(
        "This answer came from another authorisation server than the one that was asked. Nothing was connected.",
      ),
      quote: "",
    };
  }
  const odd = typeof code === "string" && code.startsWith("OAUTH_");
  return odd ? { message: tokenWords(""), quote: "" } : undefined;
}

/** Why the mail server did not take the token. */
export function mailWords(code: string, address: string): string {
  if (code !== "token" && code !== "wrong_password") return imapWords(code);
  return t(
    "The mail server does not take this sign-in for {address}. Sign in at the provider as this mailbox, or as somebody who may open it, and look whether IMAP is switched on there.",
    { address },
  );
}
