import { z } from "zod";
import type { Actor } from "../access/actor.ts";
import { endpoint } from "../api/endpoint.ts";
import { byId } from "../api/values.ts";
import { addConnector } from "../connectors/add.ts";
import { deleteConnector } from "../connectors/delete.ts";
import { editConnector } from "../connectors/edit.ts";
import { connectorFor, listConnectors, mailboxesOf, placeOf } from "../connectors/queries.ts";
import { connectorKinds } from "../db/connectors.ts";
import { connectorAnswer, connectorFields, connectorSchema, filled, wantedSecret } from "./connector-schema.ts";

const tag = "Connectors";

async function one(actor: Actor, connectorId: string) {
  const connector = await connectorFor(actor.accountId, connectorId);
  const { total } = await mailboxesOf(connector, 1);
  return { body: connectorAnswer(connector, total), version: connector.version };
}

const made = async (actor: Actor, connectorId: string) => ({
  ...(await one(actor, connectorId)),
  location: `/connectors/${connectorId}`,
});

/** Mail providers that mailboxes are signed in to (M16–M19). Their client secrets are taken, and never told. */
export const connectors = [
  endpoint({
    method: "GET",
    path: "/connectors",
    tag,
    summary: "List connectors",
    description: "By name, with how many mailboxes use each.",
    permission: "connectors.view",
    query: z.object({ q: z.string().max(200).default("").meta({ description: "Part of the name." }) }),
    answer: connectorSchema,
    list: true,
    handle: async (actor, { query: { limit, cursor, q } }) => {
      const place = cursor ? await placeOf(actor.accountId, `next:${cursor}`) : undefined;
      const { rows, next } = await listConnectors(actor.accountId, { q: q.trim() }, place, limit);
      return {
        rows: rows.map(({ connector, mailboxes }) => connectorAnswer(connector, mailboxes)),
        next: next?.replace("next:", ""),
      };
    },
  }),
  endpoint({
    method: "POST",
    path: "/connectors",
    tag,
    summary: "Add a connector",
    description:
      "Of Google and Microsoft the addresses, scopes and the mail server are known; of others the issuer is asked, or both addresses are given. People connect their mailboxes in the console, where they sign in at the provider.",
    permission: "connectors.add",
    body: connectorFields.extend({ kind: z.enum(connectorKinds), secret: wantedSecret }),
    answer: connectorSchema,
    handle: async (actor, { body }) =>
      made(actor, (await addConnector(actor, { kind: body.kind, ...filled(body.kind, body) })).id),
    again: made,
  }),
  endpoint({
    method: "GET",
    path: "/connectors/:id",
    tag,
    summary: "One connector",
    permission: "connectors.view",
    params: byId,
    answer: connectorSchema,
    handle: (actor, { params }) => one(actor, params.id),
  }),
  endpoint({
    method: "PUT",
    path: "/connectors/:id",
    tag,
    summary: "Change a connector",
    description:
      "Without a secret the stored one stays, unless tokens would come from another address. With another token address or client its mailboxes have to be connected again.",
    permission: "connectors.edit",
    params: byId,
    body: connectorFields,
    answer: connectorSchema,
    ifMatch: true,
    handle: async (actor, { params, body, version }) => {
      const { kind } = await connectorFor(actor.accountId, params.id);
      await editConnector(actor, params.id, { ...filled(kind, body), version });
      return one(actor, params.id);
    },
  }),
  endpoint({
    method: "DELETE",
    path: "/connectors/:id",
    tag,
    summary: "Delete a connector",
    description:
      "Its secret and every token that came through it are forgotten; its mailboxes stay, and are not reached.",
    permission: "connectors.delete",
    params: byId,
    ifMatch: true,
    handle: async (actor, { params, version }) => {
      await deleteConnector(actor, params.id, { version });
      return {};
    },
  }),
];
