import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import Provider from "oidc-provider";
import { atEndOfFile } from "./endings.ts";

export const client = { id: "muster", secret: "a client secret that nobody sees" };

/** A real authorisation server (oidc-provider, certified) on loopback, with a sign-in page of its own. */
export interface AuthorizationServer {
  issuer: string;
  provider: Provider;
  /** Where Dovecot asks about a token. */
  introspectionUrl: string;
  /** How often its token address was asked for each kind of grant. */
  asked: string[];
  /** Seconds that access tokens live from now on. */
  tokenSeconds: number;
  /** Whether it answers its token address with this instead, once; `slow` never answers. */
  next?: "slow" | "nonsense" | { redirect: string } | { status: number; body: object } | undefined;
}

const running: { close(): void }[] = [];
atEndOfFile(() => {
  for (const server of running.splice(0)) server.close();
});

const asText = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");

/** Starts one. Whoever signs in says as whom; refresh tokens rotate, and one that is used twice ends all of its family. */
export async function startAuthorizationServer(redirectUri: string): Promise<AuthorizationServer> {
  let handle: (req: IncomingMessage, res: ServerResponse) => unknown = () => {};
  const server = createServer((req, res) => void handle(req, res));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  running.push({
    close() {
      server.closeAllConnections();
      server.close();
    },
  });
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const settings = { tokenSeconds: 3600 };
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: client.id,
        client_secret: client.secret,
        redirect_uris: [redirectUri],
        grant_types: ["authorization_code", "refresh_token"],
        response_types: ["code"],
      },
    ],
    scopes: ["openid", "offline_access", "mail"],
    features: {
      devInteractions: { enabled: false },
      introspection: { enabled: true },
      revocation: { enabled: true },
    },
    findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    pkce: { required: () => true },
    rotateRefreshToken: true,
    cookies: { keys: ["a key of the tests"] },
    ttl: {
      AccessToken: () => settings.tokenSeconds,
      AuthorizationCode: 60,
      Grant: 3600,
      IdToken: 600,
      Interaction: 600,
      RefreshToken: 86_400,
      Session: 600,
    },
  });
  const own: AuthorizationServer = {
    issuer,
    provider,
    introspectionUrl: `http://${client.id}:${encodeURIComponent(client.secret)}@${issuer.slice(7)}/token/introspection`,
    asked: [],
    get tokenSeconds() {
      return settings.tokenSeconds;
    },
    set tokenSeconds(seconds) {
      settings.tokenSeconds = seconds;
    },
  };
  const rest = provider.callback();
  handle = (req, res) => {
    if (req.url?.startsWith("/interaction/")) return interact(provider, req, res);
    if (req.url === "/token") {
      own.asked.push("token");
      if (own.next) return misbehave(own, res);
    }
    return rest(req, res);
  };
  return own;
}

/** The token address as one does not want it: of these answers nothing may be kept. */
function misbehave(own: AuthorizationServer, res: ServerResponse) {
  const { next } = own;
  own.next = undefined;
  if (!next || next === "slow") return;
  if (next === "nonsense") return res.writeHead(200, { "content-type": "text/html" }).end("<h1>It works!</h1>");
  if ("redirect" in next) return res.writeHead(307, { location: next.redirect }).end();
  return res.writeHead(next.status, { "content-type": "application/json" }).end(JSON.stringify(next.body));
}

/** The sign-in: one page, on which somebody says who they are, and gives what is asked for or does not. */
async function interact(provider: Provider, req: IncomingMessage, res: ServerResponse) {
  const { params } = await provider.interactionDetails(req, res);
  if (req.method !== "POST") {
    res.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(`<!doctype html><html lang="en"><head>
      <meta charset="utf-8"><title>Sign in</title></head><body><main><h1>Sign in</h1><form method="post">
      <p><label>Address <input name="login" value="${asText(String(params.login_hint ?? ""))}"></label></p>
      <p><button>Allow</button> <button name="deny" value="yes">Deny</button></p></form></main></body></html>`);
    return;
  }
  let body = "";
  for await (const chunk of req) body += chunk;
  const form = new URLSearchParams(body);
  if (form.get("deny")) {
    const said = { error: "access_denied", error_description: "<b>No</b>, thank you" };
    return provider.interactionFinished(req, res, said, { mergeWithLastSubmission: false });
  }
  const accountId = form.get("login") ?? "";
  const grant = new provider.Grant({ accountId, clientId: String(params.client_id) });
  grant.addOIDCScope(String(params.scope));
  const result = { login: { accountId }, consent: { grantId: await grant.save() } };
  return provider.interactionFinished(req, res, result, { mergeWithLastSubmission: false });
}

/** Somebody at a provider's pages: keeps cookies, follows its redirects, and stops where it leads out again. */
export async function signInAt(url: string, login: { as?: string; deny?: boolean } = {}): Promise<URL> {
  const { origin } = new URL(url);
  const cookies = new Map<string, string>();
  let [next, init] = [new URL(url), {} as { method?: string; body?: URLSearchParams }];
  for (let steps = 0; steps < 10; steps++) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const answer = await fetch(next, { redirect: "manual", ...init, headers: { cookie } });
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = line.match(/^([^=]+)=([^;]*)/)!;
      cookies.set(name!, value!);
    }
    const location = answer.headers.get("location");
    if (location) {
      [next, init] = [new URL(location, next), {}];
      if (next.origin !== origin) return next;
      continue;
    }
    const page = await answer.text();
    if (!page.includes("<form")) throw new Error(`The provider said: ${page}`);
    const hint = page.match(/name="login" value="([^"]*)"/)?.[1] ?? "";
    init = {
      method: "POST",
      body: new URLSearchParams({ login: login.as ?? hint, ...(login.deny ? { deny: "yes" } : {}) }),
    };
  }
  throw new Error("The provider never sent anybody back.");
}
