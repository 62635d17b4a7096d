import type { TokenEndpointResponse } from "oauth4webapi";
import { unseal } from "../access/vault.ts";
import { redirectUrl } from "../connectors/kinds.ts";
import { oauth, partiesOf } from "../connectors/oauth.ts";
import type { Connector } from "../connectors/queries.ts";
import type { Answer } from "./forms.ts";
import type { Authorization } from "./queries.ts";

/** What a provider gives for a code or for a refresh token. */
export interface Tokens {
  accessToken: string;
  /** Undefined where the one that was used stays good. */
  refreshToken: string | undefined;
  /** Seconds that the access token is good for. */
  seconds: number;
}

/** RFC 6749 leaves it open how long a token lives that does not say so: not long, then. */
const unsaid = 300;

const read = (answer: TokenEndpointResponse): Tokens => ({
  accessToken: answer.access_token,
  refreshToken: answer.refresh_token,
  seconds: answer.expires_in ?? unsaid,
});

/**
 * Exchanges the code that somebody came back with. The answer must be from the server that was asked (RFC 9207): with two
 * connectors, one server could else get at the codes of the other. Throws what the library and the way out throw.
 */
export async function exchangeCode(
  connector: Connector,
  authorization: Authorization,
  answer: Answer,
): Promise<Tokens> {
  const library = await oauth();
  const { as, client, auth, how } = await partiesOf(connector);
  const { authorizationCodeGrantRequest, processAuthorizationCodeResponse, validateAuthResponse } = library;
  const said = new URLSearchParams({ code: answer.code, state: answer.state });
  if (answer.iss && connector.issuer) said.set("iss", answer.iss);
  const parameters = validateAuthResponse(as, client, said, answer.state);
  const verifier = unseal(authorization.verifier);
  const response = await authorizationCodeGrantRequest(as, client, auth, parameters, redirectUrl, verifier, how);
  return read(await processAuthorizationCodeResponse(as, client, response));
}

/** Gets a new access token, and where the provider changes it, a new refresh token. */
export async function refreshTokens(connector: Connector, refreshToken: string): Promise<Tokens> {
  const { refreshTokenGrantRequest, processRefreshTokenResponse } = await oauth();
  const { as, client, auth, how } = await partiesOf(connector);
  const response = await refreshTokenGrantRequest(as, client, auth, refreshToken, how);
  return read(await processRefreshTokenResponse(as, client, response));
}
