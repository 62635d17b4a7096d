import { z } from "zod";
import { type Actor, canOnAnyMailbox } from "../access/actor.ts";
import { isPermission, type Permission, permissionKeys, permissions } from "../access/permissions.ts";
import { sectionsAt } from "../access/sections.ts";
import { many, requiredLine } from "../http/form.ts";
import { t } from "../i18n/t.ts";

/** Scopes are permissions; what is none is refused. */
export const chosenScopes = () =>
  many(
    z.enum(permissionKeys as [Permission, ...Permission[]], { error: () => t("There is no such permission.") }),
  ).refine((scopes) => scopes.length > 0, { error: () => t("Choose at least one permission.") });

const fields = { name: requiredLine(60, () => t("Give the client a name.")), scopes: chosenScopes() };

export const newClientForm = z.object(fields);

export const clientForm = z.object({ ...fields, version: z.coerce.number().int().min(1) });

export const versionForm = z.object({ version: z.coerce.number().int().min(1) });

/** Whether the old secret goes on for a day, or ends at once. */
export const rotationForm = z.object({
  version: z.coerce.number().int().min(1),
  old: z.enum(["day", "now"], { error: () => t("Choose what becomes of the old secret.") }),
});

const shows = ["active", "revoked", "all"] as const;

/** The list's filters as they stand in the query string; what is none narrows nothing (T61). */
export function readClientQuery(query: Record<string, unknown>) {
  const q = typeof query.q === "string" ? query.q.trim().slice(0, 200) : "";
  return { q, show: shows.find((show) => show === query.show) ?? "active" };
}

export type ClientQuery = ReturnType<typeof readClientQuery>;

/** The permissions that may be chosen, by section: what the maker holds, on the account or on any mailbox. `within` narrows them further. */
export function scopeSections(actor: Actor, ticked: unknown, within?: readonly Permission[]) {
  const chosen = new Set([ticked ?? []].flat());
  return sectionsAt("account")
    .map((section) => {
      const offered = section.permissions
        .filter(({ key }) => chosen.has(key) || ((within?.includes(key) ?? true) && canOnAnyMailbox(actor, key)))
        .map((permission) => ({ ...permission, ticked: chosen.has(permission.key) }));
      return { title: section.title, permissions: offered, count: offered.filter((each) => each.ticked).length };
    })
    .filter(({ permissions: offered }) => offered.length > 0);
}

/** Scopes in words, by section, in the order of the catalogue. */
export function scopeWords(scopes: readonly string[]) {
  const known = scopes.filter(isPermission);
  return sectionsAt("account")
    .map(({ title }) => ({ title, scopes: known.filter((key) => permissions[key].section === title) }))
    .filter((section) => section.scopes.length > 0);
}
