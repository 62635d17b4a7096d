import type { AuthorizationServer, Client, ClientAuth } from "oauth4webapi";
import { unseal } from "../access/vault.ts";
import { OutboundError } from "../outbound/error.ts";
import { outboundFetch } from "../outbound/fetch.ts";
import { isOperators } from "../outbound/judge.ts";
import { resolveAllowed } from "../outbound/resolve.ts";
import type { Connector } from "./queries.ts";

/** An authorisation server's answers are some kilobytes. */
const maxBytes = 100_000;

/** Loaded with the first connection: an idle web process needs none of it. */
export const oauth = () => import("oauth4webapi");

/** Whether every address of the host is the operator's own: only there may a secret travel without TLS. */
export async function isOwnNetwork(host: string): Promise<boolean> {
  return (await resolveAllowed(host)).every(isOperators);
}

interface FetchInit {
  method?: string;
  headers?: Record<string, string>;
  body?: unknown;
}

/**
 * The library's way out: to allowed addresses only, without redirects, in time (T73). What an ID token says is not asked for:
 * whose mailbox it is, the mail server decides; so none is read.
 */
export async function fetchOut(url: string, { method, headers, body }: FetchInit): Promise<Response> {
  const { protocol, hostname } = new URL(url);
  if (protocol === "http:" && !(await isOwnNetwork(hostname))) throw new OutboundError("not_allowed");
  const init = { method: method as "GET" | "POST", headers: headers ?? {}, body: body ? String(body) : null };
  const answer = await outboundFetch(url, init, { maxBytes });
  const text = withoutIdToken(await answer.text());
  return new Response(text || null, { status: answer.status, headers: [...answer.headers] });
}

function withoutIdToken(text: string): string {
  if (!text.includes('"id_token"')) return text;
  try {
    return JSON.stringify({ ...(JSON.parse(text) as object), id_token: undefined });
  } catch {
    return text;
  }
}

/** Who the library is to talk to, as whom, and how: for a connector of the account. */
export async function partiesOf(
  connector: Connector,
): Promise<{ as: AuthorizationServer; client: Client; auth: ClientAuth; how: Record<symbol, unknown> }> {
  const { ClientSecretBasic, ClientSecretPost, customFetch, allowInsecureRequests } = await oauth();
  const secret = unseal(connector.clientSecret);
  return {
    as: {
      // Where nobody knows its name, none is compared (`answeredBy`).
      issuer: connector.issuer ?? connector.authorizeUrl,
      authorization_endpoint: connector.authorizeUrl,
      token_endpoint: connector.tokenUrl,
      authorization_response_iss_parameter_supported: connector.namesItself,
    },
    client: { client_id: connector.clientId },
    // RFC 6749 has every server take Basic; Google and Microsoft document the form.
    auth: connector.kind === "generic" ? ClientSecretBasic(secret) : ClientSecretPost(secret),
    how: { [customFetch]: fetchOut, [allowInsecureRequests]: connector.tokenUrl.startsWith("http:") },
  };
}
