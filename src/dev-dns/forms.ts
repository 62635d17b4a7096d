import { isIPv4, isIPv6 } from "node:net";
import { z } from "zod";
import { canonicalAddress } from "../access/address.ts";
import { t } from "../i18n/t.ts";
import { type EditableType, recordTypes, serverModes } from "./records.ts";

const hostName =
  /^(?=.{1,253}\.?$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.?$/i;

const fits: Record<EditableType, (value: string) => boolean> = {
  TXT: (value) => value.length > 0,
  CNAME: (value) => hostName.test(value),
  NS: (value) => hostName.test(value),
  MX: (value) => /^\d{1,5} +\.$/.test(value) || (/^\d{1,5} +\S+$/.test(value) && hostName.test(value.split(/ +/)[1]!)),
  A: isIPv4,
  AAAA: isIPv6,
};

/** What each type's value looks like. */
const wants = (): Record<EditableType, string> => ({
  TXT: t("Enter the text."),
  CNAME: t("Enter the name that it leads to, such as verify.muster.test"),
  NS: t("Enter the name of a name server, such as ns1.example.com"),
  MX: t("Enter a number and a host, such as 10 mx1.muster.test"),
  A: t("Enter an IPv4 address, such as 192.0.2.1"),
  AAAA: t("Enter an IPv6 address, such as 2001:db8::1"),
});

/** As the panel of a DNS provider takes it: the host is relative, the zone is added to whatever was typed. */
export const recordForm = z
  .object({
    host: z
      .string()
      .trim()
      .max(200)
      .refine((host) => host === "" || host === "@" || hostName.test(host.replace(/^\*(?=\.|$)/, "any")), {
        error: () => t("Use letters, digits, hyphens, underscores and dots; @ for the zone itself."),
      }),
    type: z.enum(recordTypes),
    value: z.string().trim().max(4_000),
  })
  .superRefine(({ type, value }, context) => {
    if (!fits[type](value)) context.addIssue({ code: "custom", path: ["value"], message: wants()[type] });
  });

export const zoneForm = z.object({
  name: z.string().transform((typed, context) => {
    const name = canonicalAddress(`a@${typed.trim().replace(/\.$/, "")}`)?.slice(2);
    if (name) return name;
    context.addIssue({ code: "custom", message: t("This is not a domain name. Example: example.com") });
    return z.NEVER;
  }),
  /** The record that somebody came to publish, as the page's address names it. */
  record: z.string().max(6_000),
});

export const modeForm = z.object({ mode: z.enum(serverModes) });
