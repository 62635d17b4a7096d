import { z } from "zod";
import { isSystemRole } from "../access/permissions.ts";
import { memberStatuses } from "../db/schema.ts";
import { isUuid } from "../http/ids.ts";

/** How the list can be sorted: the only words that reach an ORDER BY (T61). The value is the direction to start with. */
export const sorts = { name: "asc", address: "asc", created: "desc", signed_in: "desc" } as const;
export type Sort = keyof typeof sorts;

const sizes = ["25", "50", "100"] as const;
const invisible = /[\p{Cc}\p{Cf}]/gu;
const host = /^[a-z0-9.-]{1,253}$/;

/** A day that there is: 31 February is none. */
const isDay = (text: string) => {
  const time = /^(19|20)\d\d-\d\d-\d\d$/.test(text) ? Date.parse(text) : Number.NaN;
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
};
const day = z.string().refine(isDay).catch("");

const listQuery = z.object({
  q: z
    .string()
    .transform((text) => text.replace(invisible, "").trim().slice(0, 200))
    .catch(""),
  status: z.enum(memberStatuses).or(z.literal("")).catch(""),
  role: z
    .string()
    .refine((text) => isSystemRole(text) || isUuid(text))
    .catch(""),
  mailbox: z
    .string()
    .refine((text) => text === "none" || isUuid(text))
    .catch(""),
  from: day,
  to: day,
  domain: z.string().trim().toLowerCase().regex(host).catch(""),
  idle: z.coerce.number().int().min(1).max(3650).catch(0),
  sort: z.enum(Object.keys(sorts) as [Sort]).catch("created"),
  dir: z.enum(["asc", "desc"]).or(z.literal("")).catch(""),
  size: z.enum(sizes).catch("25").transform(Number),
  after: z.string().max(2000).catch(""),
  before: z.string().max(2000).catch(""),
  menu: z.enum(["role", "mailbox"]).or(z.literal("")).catch(""),
});

/**
 * What the query string asks for. Everything that it cannot be falls back to the default: a hand-made or an old link
 * shows a list, never an error. Days are `YYYY-MM-DD` in the reader's time zone, `idle` is in days (0: not asked).
 */
export type Filters = Omit<z.infer<typeof listQuery>, "dir"> & { dir: "asc" | "desc" };

/** Reads the query string. Drafts are there for those who may send them only (D2). */
export function readFilters(query: unknown, mayInvite: boolean): Filters {
  const read = listQuery.parse(query ?? {});
  return {
    ...read,
    status: read.status === "draft" && !mayInvite ? "" : read.status,
    dir: read.dir || sorts[read.sort],
  };
}

const narrowing = ["q", "status", "role", "mailbox", "from", "to", "domain", "idle"] as const;

export const isNarrowed = (filters: Filters): boolean => narrowing.some((name) => filters[name]);

/** The query string of the same list with some of it changed; a place in the list is kept only when it is given. */
export function listPath(filters: Filters, changes: Partial<Record<keyof Filters, string | number>> = {}): string {
  const { after: _after, before: _before, menu: _menu, ...kept } = filters;
  const all: Record<string, string | number> = { ...kept, ...changes };
  if (all.dir === sorts[all.sort as Sort]) delete all.dir;
  if (all.sort === "created") delete all.sort;
  if (all.size === 25) delete all.size;
  const pairs = Object.entries(all).filter(([, value]) => value);
  return `/admin/users${pairs.length ? `?${new URLSearchParams(pairs.map(([name, value]) => [name, String(value)]))}` : ""}`;
}
