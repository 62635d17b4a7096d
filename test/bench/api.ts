import postgres from "postgres";
import { makeClientId, makeSecret } from "../../src/access/secrets.ts";
import type { Case } from "./cases.ts";
import { at, ms, report, sample } from "./measure.ts";
import { post } from "./processes.ts";
import type { World } from "./world.ts";

/** A client of the owner with an access token for everything, and a domain that users can be created in. */
async function programIn({ url, accountId }: World): Promise<{ token: string; domain: string }> {
  const sql = postgres(url, { max: 1 });
  const domain = `api-${crypto.randomUUID().slice(0, 8)}.test`;
  const [secret, token] = [makeSecret("secret"), makeSecret("access")];
  const scopes = ["users.view", "users.create"];
  await sql`
    with maker as (select user_id from members where account_id = ${accountId} and status = 'active' order by created_at limit 1),
    client as (
      insert into api_clients (account_id, name, client_id, secret_hash, secret_hint, scopes, created_by)
      select ${accountId}, 'Bench', ${makeClientId()}, ${secret.hash}, ${secret.hint}, ${scopes}, u.id
      from users u where u.email = 'owner@bench.test' returning id)
    insert into api_tokens (account_id, client_id, kind, hash, hint, scopes, expires_at)
    select ${accountId}, id, 'access', ${token.hash}, ${token.hint}, ${scopes}, now() + interval '1 hour' from client`;
  await sql`
    insert into domains (account_id, name, shown_name, status, token, verified_at, activated_at, dkim_selector, dkim_public_key, dkim_private_key)
    values (${accountId}, ${domain}, ${domain}, 'active', ${crypto.randomUUID()}, now(), now(), 'muster', '', '')`;
  await sql.end();
  return { token: token.secret, domain };
}

/** The API beside the pages that do the same: a list of 25 members, and one corporate user with a mailbox. */
export const apiCase: Case = async ({ world, muster, cookie }) => {
  const { token, domain } = await programIn(world);
  const headers = { Authorization: `Bearer ${token}`, "X-Forwarded-Proto": "https" };
  const ask = async (path: string, init: RequestInit & { headers: Record<string, string> }, status: number) => {
    const answer = await fetch(muster.url + path, { redirect: "manual", ...init });
    if (answer.status !== status) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
    await answer.text();
  };
  const list = () => ask("/api/v1/members?limit=25", { headers }, 200);
  const page = () => ask("/admin/users", { headers: { cookie, "X-Forwarded-Proto": "https" } }, 200);
  const body = (n: number) => ({
    firstName: "Crea",
    lastName: "Ted",
    email: `api-${n}@${domain}`,
    personalMailbox: true,
  });
  const create = (n: number) =>
    ask(
      "/api/v1/members/corporate",
      { method: "POST", headers: { ...headers, "Content-Type": "application/json" }, body: JSON.stringify(body(n)) },
      201,
    );
  const form = async (n: number) => {
    const fields = { firstName: "Crea", lastName: "Ted", local: `page-${n}`, domain, phone: "", personalMailbox: "on" };
    const made = await post(`${muster.url}/admin/users/create`, { _account: world.accountId, ...fields }, cookie);
    if (made.status !== 303) throw new Error(`creating a user answered ${made.status}`);
  };
  const inTurns = async (what: string, ours: (n: number) => Promise<void>, theirs: (n: number) => Promise<void>) => {
    await sample(30, (n) => ours(1000 + n));
    await sample(30, (n) => theirs(1000 + n));
    const [mine, pages]: number[][] = [[], []];
    for (let n = 0; n < 100; n++) {
      mine!.push(...(await sample(1, () => ours(n))));
      pages!.push(...(await sample(1, () => theirs(n))));
    }
    for (const all of [mine!, pages!]) all.sort((a, b) => a - b);
    report(what, ms(at(mine!, 0.5)), ms(at(pages!, 0.5)), at(mine!, 0.5) / at(pages!, 0.5), "", null);
  };
  await inTurns("API: 25 members, beside the page of the list", list, page);
  await inTurns("API: create one user, beside the page's form", create, form);
};
