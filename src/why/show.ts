import { type Actor, can } from "../access/actor.ts";
import { isPermission, permissions } from "../access/permissions.ts";
import { sectionsAt } from "../access/sections.ts";
import { formatDateTime } from "../i18n/format.ts";
import { t } from "../i18n/t.ts";
import type { Moment } from "./counts.ts";
import type { Asked } from "./forms.ts";
import type { Path } from "./paths.ts";
import { contentWords, pathKind, pathName, pathOrigin, pathPlace, pathStops } from "./words.ts";

/** A path as a page shows it. */
export interface ShownPath {
  id: string;
  name: string;
  kind: string;
  place: string;
  /** Its role's page. */
  href: string;
  origin: string;
  /** Where it came from, for who may look there: an import, a program. */
  originHref: string;
  details: string[];
  stops: string[];
  /** The page that ends it, for who may. */
  endHref: string;
}

/** A path in words, with its links as far as the actor may follow them. `next`: where to go on after it was ended. */
export function showPath(actor: Actor, path: Path, at: Moment, mayEnd: boolean, next: string): ShownPath {
  const role = path.systemRole ?? (path.roleEndedAt ? null : path.roleId);
  return {
    id: path.grantId,
    name: pathName(path),
    kind: pathKind(path),
    place: pathPlace(path),
    href: role && can(actor, "roles.view") ? `/admin/roles/${role}` : "",
    origin: pathOrigin(path),
    originHref: originOf(actor, path),
    details: [
      contentWords(path),
      path.endsAt && !path.endedAt ? t("Ends on {date}", { date: formatDateTime(path.endsAt) }) : "",
      at && path.endedAt && path.endedAt > at
        ? t("Ended later, on {date}", { date: formatDateTime(path.endedAt) })
        : "",
    ].filter(Boolean),
    stops: path.counts ? [] : pathStops(path, at),
    endHref:
      mayEnd && !path.endedAt
        ? `/admin/users/${path.memberId}/grants/${path.grantId}/ending?next=${encodeURIComponent(next)}`
        : "",
  };
}

function originOf(actor: Actor, { source, sourceName, sourceId }: Path): string {
  if (!sourceName) return "";
  if (source === "import") return can(actor, "imports.run") ? `/admin/imports/${sourceId}` : "";
  return can(actor, "api_clients.view") ? `/admin/api-clients/${sourceId}` : "";
}

/** What the form of a question offers and holds. */
export function questionForm({ form, place, clock, box, matches }: Asked, level: "account" | "mailbox") {
  return {
    ...{ form, place, clock, box, matches },
    sections: sectionsAt(level).map((section) => ({
      title: t(section.title),
      permissions: section.permissions.map(({ key, title }) => ({ key, title: t(title) })),
    })),
  };
}

/** A permission as people call it; empty for none. */
export const rightName = (key: unknown): string =>
  typeof key === "string" && isPermission(key) ? t(permissions[key].title) : "";

/** The address of a question about a member. */
export const whyHref = (
  memberId: string,
  asked: { permission: string; mailbox?: string | null; at?: string },
): string =>
  `/admin/users/${memberId}/why?${new URLSearchParams(
    Object.entries(asked).filter((pair): pair is [string, string] => Boolean(pair[1])),
  )}`;
