import { z } from "zod";
import type { Actor } from "../access/actor.ts";
import { endpoint } from "../api/endpoint.ts";
import { byId, id, instant, instantOrNull, time } from "../api/values.ts";
import { checkKinds, domainStatuses } from "../db/schema.ts";
import { recordRows } from "../domain-pages/records.ts";
import { removeDomain } from "../domain-removals/remove.ts";
import { askCheck } from "../domain-states/ask-check.ts";
import { claimAgain } from "../domain-states/claim-again.ts";
import { deactivateDomain } from "../domain-states/deactivate.ts";
import { unverifyDomain } from "../domain-states/unverify.ts";
import { addDomain } from "../domains/add.ts";
import { newDomainForm, readDomainQuery, shownStates } from "../domains/forms.ts";
import { listDomains, placeOf } from "../domains/list.ts";
import { type Domain, domainFor } from "../domains/queries.ts";
import { renameDomain } from "../domains/rename.ts";

const tag = "Domains";

const domainSchema = z
  .object({
    id: id(),
    name: z.string().meta({ description: "As DNS has it.", example: "xn--mller-kva.example" }),
    shownName: z.string().meta({ description: "As it was typed.", example: "müller.example" }),
    status: z.enum(domainStatuses),
    atRiskSince: time("Since when its record is missing.").nullable(),
    claimedAt: time("When it was claimed."),
    verifiedAt: time("When it was proven.").nullable(),
    activatedAt: time("When it was opened for users.").nullable(),
    lapsedAt: time("When the claim lapsed: it is checked no more until it is claimed again.").nullable(),
    lastCheckAt: time("When its records were looked at last.").nullable(),
    version: z.int(),
  })
  .meta({ id: "Domain", description: "A DNS name of the account: unverified, verified, active, and back." });

const recordSchema = z
  .object({
    kind: z.enum(checkKinds),
    type: z.string().meta({ example: "TXT" }),
    name: z.string().meta({ example: "_muster-challenge.example.com" }),
    expected: z.array(z.string()),
    result: z
      .enum(["ok", "missing", "wrong", "unclear", "skipped"])
      .nullable()
      .meta({ description: "Null: not looked at yet." }),
    checkedAt: time("When it was looked at last.").nullable(),
  })
  .meta({ id: "DomainRecord", description: "A record that should stand in DNS, and what the last look found." });

const answered = (domain: Domain): z.input<typeof domainSchema> => ({
  id: domain.id,
  name: domain.name,
  shownName: domain.shownName,
  status: domain.status,
  atRiskSince: instantOrNull(domain.atRiskSince),
  claimedAt: instant(domain.claimedAt),
  verifiedAt: instantOrNull(domain.verifiedAt),
  activatedAt: instantOrNull(domain.activatedAt),
  lapsedAt: instantOrNull(domain.lapsedAt),
  lastCheckAt: instantOrNull(domain.lastCheckAt),
  version: domain.version,
});

const one = (domain: Domain) => ({ body: answered(domain), version: domain.version });
const made = (domain: Domain) => ({ ...one(domain), location: `/domains/${domain.id}` });
const found = (actor: Actor, domainId: string) => domainFor(actor.accountId, domainId);

const name = newDomainForm.shape.name.meta({ example: "example.com" });

export const domains = [
  endpoint({
    method: "GET",
    path: "/domains",
    tag,
    summary: "List domains",
    permission: "domains.view",
    query: z.object({
      q: z.string().max(253).optional().meta({ description: "Part of the name." }),
      show: z.enum(shownStates).default("all"),
    }),
    answer: domainSchema,
    list: true,
    handle: async (actor, { query: { limit, cursor, ...asked } }) => {
      const place = cursor ? await placeOf(actor.accountId, `next:${cursor}`) : undefined;
      const { rows, next } = await listDomains(actor.accountId, readDomainQuery(asked), place, limit);
      return { rows: rows.map(({ domain }) => answered(domain)), next: next?.replace("next:", "") };
    },
  }),
  endpoint({
    method: "POST",
    path: "/domains",
    tag,
    summary: "Add a domain",
    description: "Claims the name. What to publish in DNS stands under its records.",
    permission: "domains.add",
    body: z.object({ name }),
    answer: domainSchema,
    handle: async (actor, { body }) => made(await addDomain(actor, body.name)),
    again: async (actor, domainId) => made(await found(actor, domainId)),
  }),
  endpoint({
    method: "GET",
    path: "/domains/:id",
    tag,
    summary: "One domain",
    permission: "domains.view",
    params: byId,
    answer: domainSchema,
    handle: async (actor, { params }) => one(await found(actor, params.id)),
  }),
  endpoint({
    method: "GET",
    path: "/domains/:id/records",
    tag,
    summary: "The DNS records of a domain",
    permission: "domains.view",
    params: byId,
    answer: z.object({ data: z.array(recordSchema) }),
    handle: async (actor, { params }) => {
      const rows = await recordRows(await found(actor, params.id));
      const data = rows.map(({ kind, type, fullName, expected, check }) => ({
        ...{ kind, type, name: fullName, expected },
        result: check?.result ?? null,
        checkedAt: instantOrNull(check?.at ?? null),
      }));
      return { body: { data } };
    },
  }),
  endpoint({
    method: "PATCH",
    path: "/domains/:id",
    tag,
    summary: "Correct the name of a claim",
    description: "It is a new claim from then on, with a new record to publish. A verified domain keeps its name.",
    permission: "domains.edit",
    params: byId,
    body: z.object({ name }),
    answer: domainSchema,
    ifMatch: true,
    handle: async (actor, { params, body, version }) => one(await renameDomain(actor, params.id, { ...body, version })),
  }),
  endpoint({
    method: "DELETE",
    path: "/domains/:id",
    tag,
    summary: "Delete a domain",
    description: "Its corporate users stay members with everything they hold, and become ordinary users.",
    permission: "domains.delete",
    params: byId,
    query: z.object({ name: z.string().max(253).meta({ description: "Its name once more, as a confirmation." }) }),
    handle: async (actor, { params, query }) => {
      await removeDomain(actor, params.id, query);
      return {};
    },
  }),
  ...(
    [
      ["check", "domains.verify", "Look at the records now", "At most once a minute.", askCheck],
      ["claim", "domains.verify", "Claim a lapsed domain again", "With a new record to publish.", claimAgain],
      [
        "deactivation",
        "domains.activate",
        "Deactivate a domain",
        "Everybody keeps everything; nobody new comes.",
        deactivateDomain,
      ],
      [
        "unverification",
        "domains.verify",
        "Withdraw the verification",
        "To verify it again, publish a new record.",
        unverifyDomain,
      ],
    ] as const
  ).map(([noun, permission, summary, description, act]) =>
    endpoint({
      method: "POST",
      path: `/domains/:id/${noun}`,
      tag,
      summary,
      description,
      permission,
      params: byId,
      answer: domainSchema,
      handle: async (actor, { params }) => one(await act(actor, params.id)),
    }),
  ),
];
