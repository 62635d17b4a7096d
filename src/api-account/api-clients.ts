import { z } from "zod";
import { permissionKeys } from "../access/permissions.ts";
import { endpoint } from "../api/endpoint.ts";
import { byId, id, instant, instantOrNull, time } from "../api/values.ts";
import { type ClientLine, clientFor, listClients } from "../api-clients/queries.ts";
import { revokeClient } from "../api-clients/revoke.ts";
import { endToken } from "../api-tokens/end.ts";
import { type TokenLine, tokensOf } from "../api-tokens/queries.ts";

const tag = "API clients";

const masked = (description: string, example: string) => z.string().meta({ description, example });
const scopes = () => z.array(z.enum(permissionKeys)).meta({ description: "What it may do, while its maker may." });

const clientSchema = z
  .object({
    id: id(),
    name: z.string().meta({ example: "Payroll" }),
    clientId: z.string().meta({ description: "What it calls itself at /oauth/token." }),
    secret: masked("Masked: its last signs.", "••••4d5e"),
    secretSince: time("Since when it has this secret."),
    oldSecretUntil: time("Until when the one before works, too.").nullable(),
    scopes: scopes(),
    maker: z.string().meta({ description: "Whose rights it acts with." }),
    works: z.boolean().meta({ description: "Whether its maker still has a place here and it was not revoked." }),
    lastUsedAt: time("When it was used last.").nullable(),
    createdAt: time("When it was made."),
    endedAt: time("When it was revoked.").nullable(),
  })
  .meta({ id: "ApiClient", description: "A program. Clients and secrets are made in the console, by a person." });

const tokenSchema = z
  .object({
    id: id(),
    label: z.string(),
    token: masked("Masked: its last signs.", "muster_rt_••••4d5e"),
    scopes: scopes(),
    works: z.boolean(),
    lastUsedAt: time("When it was used last.").nullable(),
    createdAt: time("When it was made, or took the place of the one before."),
    expiresAt: time("Until when it works."),
    endedAt: time("When it was revoked.").nullable(),
  })
  .meta({ id: "RefreshToken", description: "Of one that was renewed, the present one. Its value is never told." });

const clientAnswer = ({ client, maker, alive, overlapping }: ClientLine): z.input<typeof clientSchema> => ({
  ...{ id: client.id, name: client.name, clientId: client.clientId, scopes: client.scopes, maker },
  secret: `••••${client.secretHint}`,
  secretSince: instant(client.secretAt),
  oldSecretUntil: overlapping ? instantOrNull(client.oldSecretEndsAt) : null,
  works: alive && !client.endedAt,
  lastUsedAt: instantOrNull(client.lastUsedAt),
  createdAt: instant(client.createdAt),
  endedAt: instantOrNull(client.endedAt),
});

const tokenAnswer = (token: TokenLine): z.input<typeof tokenSchema> => ({
  ...{ id: token.id, label: token.label, scopes: token.scopes, works: !token.endedAt && !token.expired },
  token: `muster_rt_••••${token.hint}`,
  lastUsedAt: instantOrNull(token.usedAt),
  createdAt: instant(token.createdAt),
  expiresAt: instant(token.expiresAt),
  endedAt: instantOrNull(token.endedAt),
});

/**
 * Programs and their refresh tokens (M3): read, and taken away. What makes a secret (M2) has no endpoint: it asks for a fresh
 * proof of who is there, which a program cannot give (docs/decisions.md).
 */
export const apiClients = [
  endpoint({
    method: "GET",
    path: "/api-clients",
    tag,
    summary: "List API clients",
    description: "Newest first. Secrets are masked.",
    permission: "api_clients.view",
    query: z.object({
      q: z.string().max(200).default("").meta({ description: "Part of the name or the client ID." }),
      show: z.enum(["active", "revoked", "all"]).default("active"),
    }),
    answer: clientSchema,
    list: true,
    handle: async (actor, { query: { limit, cursor, ...query } }) => {
      const { rows, next } = await listClients(actor.accountId, query, cursor, limit);
      return { rows: rows.map(clientAnswer), next };
    },
  }),
  endpoint({
    method: "GET",
    path: "/api-clients/:id",
    tag,
    summary: "One API client",
    permission: "api_clients.view",
    params: byId,
    answer: clientSchema,
    handle: async (actor, { params }) => ({ body: clientAnswer(await clientFor(actor.accountId, params.id)) }),
  }),
  endpoint({
    method: "DELETE",
    path: "/api-clients/:id",
    tag,
    summary: "Revoke an API client",
    description: "With every token of it, at once and for good. A client may revoke itself.",
    permission: "api_clients.manage",
    params: byId,
    handle: async (actor, { params }) => {
      await revokeClient(actor, params.id);
      return {};
    },
  }),
  endpoint({
    method: "GET",
    path: "/api-clients/:id/tokens",
    tag,
    summary: "The refresh tokens of an API client",
    description: "Masked. Those that work first, fifty at most.",
    permission: "api_clients.view",
    params: byId,
    answer: z.object({ data: z.array(tokenSchema) }).meta({ id: "RefreshTokens" }),
    handle: async (actor, { params }) => {
      const { client } = await clientFor(actor.accountId, params.id);
      return { body: { data: (await tokensOf(client)).map(tokenAnswer) } };
    },
  }),
  endpoint({
    method: "DELETE",
    path: "/api-clients/tokens/:refreshId",
    tag,
    summary: "Revoke a refresh token",
    description: "With all access tokens that came of it, at once.",
    permission: "api_clients.manage",
    params: z.object({ refreshId: id() }),
    handle: async (actor, { params }) => {
      await endToken(actor, params.refreshId);
      return {};
    },
  }),
];
