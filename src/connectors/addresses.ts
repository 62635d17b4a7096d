import type { ConnectorKind } from "../db/connectors.ts";
import { Invalid } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { OutboundError, outboundWords } from "../outbound/error.ts";
import { resolveAllowed } from "../outbound/resolve.ts";
import type { ConnectorInput } from "./forms.ts";
import { type Provider, providerOf } from "./kinds.ts";
import { fetchOut, isOwnNetwork, oauth } from "./oauth.ts";
import type { Connector } from "./queries.ts";

export type Addresses = Pick<Connector, "authorizeUrl" | "tokenUrl" | "issuer" | "namesItself">;

/**
 * Where a connector's people sign in and where its tokens come from: known of Google and Microsoft; of others found at the
 * issuer, else as typed. Each address that Muster itself will ask is judged (T73). Throws `Invalid` beside the field.
 */
export async function addressesOf(kind: ConnectorKind, input: ConnectorInput): Promise<Addresses> {
  const provider = providerOf(kind, input.tenant);
  if (provider) return known(provider);
  if (input.issuer) return discover(input.issuer);

  const missing = () => t("Enter the address, or the issuer above.");
  const authorizeUrl = await readAddress("authorizeUrl", input.authorizeUrl, missing());
  const tokenUrl = await readAddress("tokenUrl", input.tokenUrl, missing());
  await assertAllowed("tokenUrl", tokenUrl);
  return { authorizeUrl: authorizeUrl.href, tokenUrl: tokenUrl.href, issuer: null, namesItself: false };
}

const known = ({ authorizeUrl, tokenUrl, issuer }: Provider): Addresses => ({
  ...{ authorizeUrl, tokenUrl, issuer },
  namesItself: false,
});

/** The mail server's name, judged where it is not the provider's own. */
export async function assertMailHost(kind: ConnectorKind, host: string): Promise<void> {
  if (providerOf(kind, "")?.imapHost === host) return;
  await resolveAllowed(host).catch(beside("imapHost"));
}

/** An address with https; plain http only within the operator's own networks, for secrets travel there. */
async function readAddress(field: string, text: string, missing: string): Promise<URL> {
  if (!text) throw new Invalid(field, missing);
  const url = URL.parse(text);
  const odd = !url || !/^https?:$/.test(url.protocol) || url.username || url.password || url.hash;
  if (odd) throw new Invalid(field, t("A whole address, please. Example: https://login.example.com/oauth2/token"));
  if (url.protocol === "http:" && !(await isOwnNetwork(url.hostname).catch(beside(field)))) {
    throw new Invalid(field, t("Secrets travel to this address: it has to begin with https."));
  }
  return url;
}

const assertAllowed = (field: string, url: URL) => resolveAllowed(url.hostname).catch(beside(field));

const beside = (field: string) => (error: unknown) => {
  throw error instanceof OutboundError ? new Invalid(field, outboundWords(error.code)) : error;
};

/** Asks the issuer for its addresses (OpenID Connect Discovery, else RFC 8414): it must say that it is who was asked. */
async function discover(typed: string): Promise<Addresses> {
  const issuer = await readAddress("issuer", typed, "");
  const found = (await metadata(issuer, "oidc")) ?? (await metadata(issuer, "oauth2"));
  if (!found) {
    throw new Invalid(
      "issuer",
      t("Nothing was found there. Look for typing mistakes, or enter the two addresses below."),
    );
  }
  const { authorization_endpoint = "", token_endpoint = "" } = found;
  const lacking = t("The server names no address for this. Enter the two addresses below, without an issuer.");
  const authorizeUrl = await readAddress("issuer", authorization_endpoint, lacking);
  const tokenUrl = await readAddress("issuer", token_endpoint, lacking);
  await assertAllowed("issuer", tokenUrl);
  return {
    authorizeUrl: authorizeUrl.href,
    tokenUrl: tokenUrl.href,
    issuer: found.issuer,
    namesItself: found.authorization_response_iss_parameter_supported === true,
  };
}

/** What the issuer says about itself; undefined where it says nothing of this kind. */
async function metadata(issuer: URL, algorithm: "oidc" | "oauth2") {
  const { discoveryRequest, processDiscoveryResponse, customFetch, allowInsecureRequests } = await oauth();
  const how = { [customFetch]: fetchOut, [allowInsecureRequests]: issuer.protocol === "http:" };
  const answer = await discoveryRequest(issuer, { algorithm, ...how } as never).catch(beside("issuer"));
  return processDiscoveryResponse(issuer, answer).catch(() => undefined);
}
