import { z } from "zod";
import { connectorKinds } from "../db/connectors.ts";
import { line, requiredLine } from "../http/form.ts";
import { t } from "../i18n/t.ts";
import { canonicalHost } from "../outbound/resolve.ts";

/** A mail server's name as browsers would read it; an address counts, too. */
const imapHost = requiredLine(253, () => t("Enter the name of the mail server. Example: imap.example.com")).transform(
  (text, context) => {
    const host = canonicalHost(text);
    if (host) return host;
    const message = t("A name like imap.example.com, without a protocol and without a path.");
    if (text) context.addIssue({ code: "custom", message });
    return "";
  },
);

/** A port as it was typed; nothing is the usual one. */
const imapPort = z
  .string()
  .trim()
  .transform((text) => Number(text || "993"))
  .refine((port) => Number.isInteger(port) && port > 0 && port < 65_536, {
    error: () => t("A number from 1 to 65535."),
  });

/** What RFC 6749 lets a scope hold. */
export const isScope = (one: string): boolean => /^[\x21\x23-\x5b\x5d-\x7e]{1,200}$/.test(one);
export const oddScope = (): string => t("A scope holds letters, digits and signs like : / . _ and no quotes.");

/** Words apart by spaces, commas or lines. */
const scopes = z
  .string()
  .max(2000, { error: () => t("At most {max} characters, please.", { max: 2000 }) })
  .transform((text) => [...new Set(text.split(/[\s,]+/).filter(Boolean))])
  .refine((all) => all.length > 0, { error: () => t("Enter at least one scope."), abort: true })
  .refine((all) => all.every(isScope), { error: oddScope });

const tenant = line(120).refine((text) => /^[a-zA-Z0-9.-]*$/.test(text), {
  error: () => t("The directory’s id, one of its domains, or common."),
});

const secret = line(1000);

const fields = {
  name: requiredLine(80, () => t("Give the connector a name.")),
  clientId: requiredLine(300, () => t("Enter the client ID that the provider gave you.")),
  secret,
  tenant,
  scopes,
  issuer: line(500),
  authorizeUrl: line(500),
  tokenUrl: line(500),
  imapHost,
  imapPort,
  imapSecurity: z.enum(["tls", "starttls"], { error: () => t("Choose how the connection is encrypted.") }),
};

export const newConnectorForm = z.object({
  kind: z.enum(connectorKinds, { error: () => t("Choose a provider.") }),
  ...fields,
  secret: secret.refine((text) => text !== "", {
    error: () => t("Enter the client secret that the provider gave you."),
  }),
});

/** An empty secret keeps the one that is stored. */
export const editConnectorForm = z.object({ ...fields, version: z.coerce.number().int().min(1) });

export type ConnectorInput = Omit<z.infer<typeof editConnectorForm>, "version">;

/** The typed confirmation of a deletion. */
export const deletionForm = z.object({ version: z.coerce.number().int().min(1) });

/** The list's filters as they stand in the query string; what is none narrows nothing (T61). */
export function readConnectorQuery(query: Record<string, unknown>) {
  return { q: typeof query.q === "string" ? query.q.trim().slice(0, 200) : "" };
}

export type ConnectorQuery = ReturnType<typeof readConnectorQuery>;

/** The kind that a new connector's form is asked for; undefined while nobody has chosen. */
export const readKind = (kind: unknown) => connectorKinds.find((each) => each === kind);
