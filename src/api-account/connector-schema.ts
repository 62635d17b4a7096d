import { z } from "zod";
import { id, instant, time } from "../api/values.ts";
import { type ConnectorInput, isScope, newConnectorForm, oddScope } from "../connectors/forms.ts";
import { redirectUrl, startOf, tenantIn } from "../connectors/kinds.ts";
import type { Connector } from "../connectors/queries.ts";
import { type ConnectorKind, connectorKinds } from "../db/connectors.ts";
import { Invalid } from "../http/errors.ts";
import { line } from "../http/form.ts";
import { t } from "../i18n/t.ts";

export const connectorSchema = z
  .object({
    id: id(),
    kind: z.enum(connectorKinds),
    name: z.string().meta({ example: "Work accounts" }),
    clientId: z.string().meta({ description: "What Muster is called at the provider." }),
    tenant: z.string().meta({ description: "Microsoft’s directory; empty for others.", example: "common" }),
    scopes: z.array(z.string()),
    issuer: z.string().nullable(),
    authorizeUrl: z.string(),
    tokenUrl: z.string(),
    imapHost: z.string().meta({ example: "imap.example.com" }),
    imapPort: z.int(),
    imapSecurity: z.enum(["tls", "starttls", "none"]),
    redirectUrl: z.string().meta({ description: "To be entered at the provider, to the letter." }),
    mailboxes: z.int().meta({ description: "How many are reached through it." }),
    createdAt: time("When it was added."),
    version: z.int(),
  })
  .meta({ id: "Connector", description: "A mail provider, and how Muster is known there. Its secret is never told." });

/** A connector as it is answered. */
export const connectorAnswer = (connector: Connector, mailboxes: number): z.input<typeof connectorSchema> => ({
  ...{ id: connector.id, kind: connector.kind, name: connector.name, clientId: connector.clientId },
  ...{ tenant: tenantIn(connector.authorizeUrl), scopes: connector.scopes, issuer: connector.issuer },
  ...{ authorizeUrl: connector.authorizeUrl, tokenUrl: connector.tokenUrl },
  ...{ imapHost: connector.imapHost, imapPort: connector.imapPort, imapSecurity: connector.imapSecurity },
  ...{ redirectUrl, mailboxes, createdAt: instant(connector.createdAt), version: connector.version },
});

const { name, clientId, secret, tenant, issuer, authorizeUrl, tokenUrl, imapHost, imapSecurity } =
  newConnectorForm.shape;

export const wantedSecret = secret.meta({ description: "What the provider gave with the client ID." });

/** The page's fields, but for the secret, which only a new connector must have; lists and numbers as programs write them. */
export const connectorFields = z.object({
  name: name.meta({ example: "Work accounts" }),
  clientId,
  secret: line(1000).default("").meta({ description: "Left out: the stored one stays." }),
  tenant: tenant.default("").meta({ description: "Microsoft’s directory: its id, one of its domains, or `common`." }),
  scopes: z
    .array(z.string().refine(isScope, { error: oddScope }))
    .min(1)
    .max(50)
    .optional()
    .meta({ description: "Left out: what the provider’s mailboxes need, where that is known." }),
  issuer: issuer
    .default("")
    .meta({ description: "Asked for the two addresses.", example: "https://login.example.com" }),
  authorizeUrl: authorizeUrl.default(""),
  tokenUrl: tokenUrl.default(""),
  imapHost: imapHost.optional().meta({ description: "Left out: the provider’s, where it is known." }),
  imapPort: z.int().min(1).max(65_535).default(993),
  imapSecurity: imapSecurity.default("tls"),
});

/** The same as the verbs take it: what was left out is what the page's form starts with. */
export function filled(kind: ConnectorKind, body: z.output<typeof connectorFields>): ConnectorInput {
  const start = startOf(kind);
  const host = body.imapHost ?? start.imapHost;
  if (!host) throw new Invalid("imapHost", t("Enter the name of the mail server. Example: imap.example.com"));
  const { name, clientId, secret, tenant, issuer, authorizeUrl, tokenUrl, imapPort, imapSecurity } = body;
  return {
    ...{ name, clientId, secret, issuer, authorizeUrl, tokenUrl, imapPort, imapSecurity, imapHost: host },
    tenant: tenant || (start.tenant ?? ""),
    scopes: [...new Set(body.scopes ?? start.scopes!.split(" "))],
  };
}
