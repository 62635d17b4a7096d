import { z } from "zod";
import { type Actor, can } from "../access/actor.ts";
import { type Level, type Permission, permissionKeys } from "../access/permissions.ts";
import { sectionsAt } from "../access/sections.ts";
import { type Form, line, many, requiredLine } from "../http/form.ts";
import { t } from "../i18n/t.ts";

/** A65: names stand in lists separated by commas, so they hold none. */
const name = () =>
  requiredLine(60, () => t("Give the role a name.")).refine((text) => !text.includes(","), {
    error: () => t("A comma cannot be part of a role’s name, because lists of roles are separated by commas."),
  });

const chosen = () =>
  many(z.enum(permissionKeys as [Permission, ...Permission[]], { error: () => t("There is no such permission.") }));

/** Typed into the search of the form; `found` is the search that the page already shows. */
const searching = { find: z.string().max(200), found: z.string().max(200) };

const fields = { name: name(), about: line(200), permissions: chosen(), ...searching };

const level = z.enum(["account", "mailbox"], { error: () => t("Choose where the role counts.") });

export const newRoleForm = z.object({ ...fields, level });

export const roleForm = z.object({ ...fields, version: z.coerce.number().int().min(1), again: z.string().max(3) });

/** What the form page itself asks for while somebody fills it in: a search, or a whole section on or off. */
export const choosingForm = z.object({
  ...searching,
  name: z.string().max(1000),
  about: z.string().max(1000),
  level: z.string().max(10),
  version: z.string().max(10),
  permissions: many(z.string().max(60)),
  all: z.string().max(60),
  none: z.string().max(60),
});

export const versionForm = z.object({ version: z.coerce.number().int().min(1) });

type Typed = Form<unknown>["typed"];

/** Whether the form came because of a search that the page does not show yet: Enter in its field, not the button. */
export const asksToSearch = ({ typed }: { typed: Typed }) => String(typed.find) !== String(typed.found);

/** The permissions that are ticked, after "Select all" or "Select none" of a section. */
export function tickedAfter(typed: Typed, level: Level, actor: Actor): string[] {
  const ticked = new Set([typed.permissions ?? []].flat());
  for (const section of sectionsAt(level)) {
    for (const { key } of section.permissions) {
      if (typed.none === section.title) ticked.delete(key);
      if (typed.all === section.title && can(actor, key)) ticked.add(key);
    }
  }
  return [...ticked];
}

/** The sections of the form: what is ticked, what the actor may not give (D9), and what the search leaves. */
export function choices(typed: Typed, level: Level, actor: Actor) {
  const ticked = new Set([typed.permissions ?? []].flat());
  const wanted = String(typed.find ?? "")
    .trim()
    .toLowerCase();
  const found = (...words: string[]) => words.some((word) => word.toLowerCase().includes(wanted));
  return sectionsAt(level).map((section) => {
    const permissions = section.permissions.map((permission) => ({
      ...permission,
      ticked: ticked.has(permission.key),
      held: can(actor, permission.key),
      shown: found(permission.key, t(permission.title), t(section.title)),
    }));
    const count = permissions.filter((permission) => permission.ticked).length;
    return { title: section.title, permissions, count, shown: permissions.some((permission) => permission.shown) };
  });
}
