import { z } from "zod";
import { line, many, requiredLine, ticked } from "../http/form.ts";
import { locales, t } from "../i18n/t.ts";
import { versionField } from "../profile/forms.ts";
import { isRegion } from "./regions.ts";

const whole = (low: number, high: number) =>
  z
    .string()
    .trim()
    .refine((text) => /^\d{1,5}$/.test(text) && Number(text) >= low && Number(text) <= high, {
      error: () => t("Enter a whole number from {low} to {high}.", { low, high }),
    })
    .transform(Number);

const label = "[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?";
const hostName = new RegExp(`^${label}(?:\\.${label})+$`);
const isHost = (text: string) => text.length <= 253 && hostName.test(text);

/** Host names, one a line or with commas between; written small, without the dot that a zone file ends them with. */
const hosts = z
  .string()
  .max(2000, { error: () => t("At most {max} characters, please.", { max: 2000 }) })
  .transform((text) =>
    text
      .toLowerCase()
      .split(/[\s,]+/)
      .map((each) => each.replace(/\.$/, ""))
      .filter(Boolean),
  )
  .superRefine((all, context) => {
    const bad = all.find((each) => !isHost(each));
    if (bad !== undefined)
      context.addIssue({
        code: "custom",
        message: t("“{host}” is not the name of a host.", { host: bad.slice(0, 100) }),
      });
    if (all.length > 10) context.addIssue({ code: "custom", message: t("At most {max} hosts, please.", { max: 10 }) });
  });

const optionalHost = z
  .string()
  .trim()
  .toLowerCase()
  .transform((text) => text.replace(/\.$/, ""))
  .refine((text) => text === "" || isHost(text), {
    error: () => t("Enter the name of a host, such as spf.example.net, or leave it empty."),
  });

export const instanceForm = z.object({
  name: requiredLine(60, () => t("Enter a name for this installation.")),
  languages: many(z.enum(locales, { error: () => t("Choose a language from the list.") }), 10).refine(
    (chosen) => chosen.length > 0,
    { error: () => t("Offer one language at least.") },
  ),
  registrationOpen: ticked(),
  invitationDays: whole(1, 90),
  sessionIdleMinutes: whole(5, 1440),
  sessionHours: whole(1, 168),
  phoneEnabled: ticked(),
  defaultRegion: z.string().refine(isRegion, { error: () => t("Choose a country from the list.") }),
  mxHosts: hosts,
  spfInclude: optionalHost,
  dkimSelector: line(63).refine((text) => /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(text), {
    error: () => t("A selector is one word of small letters, digits and hyphens."),
  }),
  version: versionField(),
});
