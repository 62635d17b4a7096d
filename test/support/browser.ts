import type { Server } from "node:http";
import { Agent, createServer } from "node:http";
import type { Express } from "express";
import supertest, { type Test as Request } from "supertest";
import type { Permission, SystemRole } from "../../src/access/permissions.ts";
import { createApp } from "../../src/app.ts";
import { type Account, create, password, type User } from "./world.ts";

let app: Express | undefined;
const server = createServer((req, res) => {
  app ??= createApp();
  app(req, res);
});
// IPv4 alone, so that a visitor's address is one that mails and events are expected to say. That takes a moment; of a server
// that does not listen yet, supertest opens and closes one for each request.
await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
server.keepAliveTimeout = 120_000;
server.unref();

/** The real application on a port of its own, one per process that runs test files. */
export const application = (): Server => server;

export const origin = process.env.BASE_URL ?? "";

/** Connections are kept, as browsers do: a new one for each request was a tenth of what it costs. */
const connections = new Agent({ keepAlive: true });

/** A browser that speaks HTTP: keeps cookies, sends the Origin of our own pages, follows nothing by itself. */
export class Browser {
  /** Asks for plain bytes: packing and unpacking was a sixth of what a request costs. What is packed has tests of its own. */
  readonly agent = supertest
    .agent(application())
    .set("Accept-Encoding", "identity")
    .use((request: Request) => void request.agent(connections));
  /** The account that posted forms say they were rendered for. */
  accountId = "";

  get(path: string) {
    return this.agent.get(path).redirects(0);
  }

  head(path: string) {
    return this.agent.head(path).redirects(0);
  }

  /** Posts a form as the console renders it: with the account it belongs to. */
  post(path: string, fields: Record<string, string | string[]> = {}) {
    return this.agent
      .post(path)
      .redirects(0)
      .set("Origin", origin)
      .type("form")
      .send(this.accountId ? { _account: this.accountId, ...fields } : fields);
  }

  async signIn(email: string, secret = password) {
    return this.post("/sign-in", { email, password: secret }).expect(303);
  }
}

/** Somebody signed in to the account. */
export async function browserOf(user: User, account?: Account): Promise<Browser> {
  const browser = new Browser();
  await browser.signIn(user.email);
  browser.accountId = account?.id ?? "";
  return browser;
}

/** A fresh account with somebody signed in who holds exactly these system roles or permissions. */
export async function admin(...held: (SystemRole | Permission)[]) {
  const account = await create.account();
  const { user, member } = await create.colleague(account, held);
  return { account, user, member, browser: await browserOf(user, account) };
}

/** An owner of a fresh account, signed in. */
export const owner = () => admin("owner");
