import { makeClientId, makeSecret } from "../access/secrets.ts";
import type { Tx } from "./client.ts";
import { apiCalls, apiClients, apiTokens } from "./schema.ts";
import { daysAgo, demoId } from "./seed-time.ts";

/** A program of the demo's owner that reads people every night, and one that was revoked. Nobody knows their secrets: a new one is made on the page. */
export async function seedClients(tx: Tx): Promise<void> {
  const of = { accountId: demoId("Northwind"), createdBy: demoId("user olivia@northwind.test") };
  const client = (name: string, scopes: (typeof apiClients.$inferInsert)["scopes"], days: number) => {
    const { hash, hint } = makeSecret("secret");
    const at = daysAgo(days, name);
    const id = demoId(`client ${name}`);
    return {
      ...of,
      id,
      name,
      scopes,
      clientId: makeClientId(),
      secretHash: hash,
      secretHint: hint,
      secretAt: at,
      createdAt: at,
    };
  };
  const nightly = client("Personnel sync", ["domains.view", "roles.view", "users.add", "users.view"], 40);
  const old = client("Old intranet", ["users.view"], 90);
  await tx.insert(apiClients).values([
    { ...nightly, lastUsedAt: daysAgo(1, "sync") },
    { ...old, endedAt: daysAgo(30, "old"), endedBy: of.createdBy },
  ]);

  const { hash, hint } = makeSecret("refresh");
  const id = demoId("token laptop");
  const expiresAt = new Date(Date.now() + 60 * 86_400_000);
  await tx.insert(apiTokens).values({
    ...{ ...of, id, familyId: id, clientId: nightly.id, kind: "refresh", label: "Reporting laptop", hash, hint },
    ...{ scopes: ["users.view"], createdAt: daysAgo(30, "laptop"), expiresAt },
  });

  const call = {
    accountId: of.accountId,
    clientId: nightly.id,
    clientName: nightly.name,
    milliseconds: 9,
    ip: "203.0.113.7",
  };
  await tx.insert(apiCalls).values(
    [3, 2, 1].flatMap((days) => [
      { ...call, method: "GET", path: "/api/v1/members", query: "limit=100", status: 200, at: daysAgo(days, "sync") },
      {
        ...call,
        method: "POST",
        path: "/api/v1/members",
        status: days === 2 ? 422 : 201,
        at: daysAgo(days, "sync add"),
      },
    ]),
  );
}
