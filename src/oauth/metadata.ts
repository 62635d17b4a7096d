import { permissionKeys } from "../access/permissions.ts";
import { config } from "../config.ts";

const auth = ["client_secret_basic", "client_secret_post"];

/** What a client's library looks up for itself (RFC 8414). */
export const metadata = () => ({
  issuer: config.BASE_URL,
  token_endpoint: `${config.BASE_URL}/oauth/token`,
  token_endpoint_auth_methods_supported: auth,
  revocation_endpoint: `${config.BASE_URL}/oauth/revoke`,
  revocation_endpoint_auth_methods_supported: auth,
  grant_types_supported: ["client_credentials", "refresh_token"],
  response_types_supported: [],
  scopes_supported: permissionKeys,
  service_documentation: `${config.BASE_URL}/api/v1`,
});
