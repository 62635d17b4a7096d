import supertest from "supertest";
import type { Permission } from "../../src/access/permissions.ts";
import { permissionKeys } from "../../src/access/permissions.ts";
import { makeClientId, makeSecret } from "../../src/access/secrets.ts";
import { db } from "../../src/db/client.ts";
import { apiClients, apiTokens } from "../../src/db/schema.ts";
import { application } from "./browser.ts";
import { type Account, create, type User } from "./world.ts";

type Method = "get" | "post" | "put" | "patch" | "delete" | "head" | "options";

/** A program with an access token. What it sends is JSON, and it knows no cookies. */
export class Program {
  readonly client: typeof apiClients.$inferSelect;
  readonly secret: string;
  readonly token: string;

  constructor(client: typeof apiClients.$inferSelect, secret: string, token: string) {
    Object.assign(this, { client, secret, token });
    this.client = client;
    this.secret = secret;
    this.token = token;
  }

  ask(method: Method, path: string, body?: object, headers: Record<string, string> = {}) {
    const asked = bare(method, path).set("Authorization", `Bearer ${this.token}`).set(headers);
    return body === undefined ? asked : asked.send(body);
  }

  get = (path: string, headers?: Record<string, string>) => this.ask("get", path, undefined, headers);
  post = (path: string, body?: object, headers?: Record<string, string>) => this.ask("post", path, body, headers);
  put = (path: string, body?: object, headers?: Record<string, string>) => this.ask("put", path, body, headers);
  patch = (path: string, body?: object, headers?: Record<string, string>) => this.ask("patch", path, body, headers);
  delete = (path: string, headers?: Record<string, string>) => this.ask("delete", path, undefined, headers);
}

/** A request without a token. `path` is below /api/v1. */
export const bare = (method: Method, path: string) =>
  supertest(application())[method](`/api/v1${path}`).redirects(0).set("Accept-Encoding", "identity");

/** A client of somebody's in the account, with a token for these scopes (all, where none are named). */
export async function programOf(
  account: Account,
  user: User,
  scopes: Permission[] = permissionKeys,
  values: Partial<typeof apiClients.$inferInsert> = {},
): Promise<Program> {
  const [secret, token] = [makeSecret("secret"), makeSecret("access")];
  const [client] = await db
    .insert(apiClients)
    .values({
      ...{ accountId: account.id, name: "Payroll", clientId: makeClientId(), scopes, createdBy: user.id },
      ...{ secretHash: secret.hash, secretHint: secret.hint },
      ...values,
    })
    .returning();
  await db.insert(apiTokens).values({
    ...{ accountId: account.id, clientId: client!.id, kind: "access", hash: token.hash, hint: token.hint },
    ...{ scopes: client!.scopes, expiresAt: new Date(Date.now() + 3_600_000) },
  });
  return new Program(client!, secret.secret, token.secret);
}

/** A fresh account with a program of somebody who holds these rights there. */
export async function program(...held: Parameters<typeof create.colleague>[1] & {}) {
  const account = await create.account();
  const { user, member } = await create.colleague(account, held);
  return { account, user, member, program: await programOf(account, user) };
}
