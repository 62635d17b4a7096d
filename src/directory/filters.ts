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

export const guestFilters = ["all", "soon", "ended"] as const;

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
  /** Invitations whose mail came back or was given up. */
  delivery: z.enum(["failed"]).or(z.literal("")).catch(""),
  /** Guests: all, those whose time ends within 30 days, those whose time is over. */
  guests: z.enum(guestFilters).or(z.literal("")).catch(""),
  idle: z.coerce.number().int().min(1).max(3650).catch(0),
  sort: z.enum(Object.keys(sorts) as [Sort]).catch("created"),
  dir: z.enum(["asc", "desc"]).or(z.literal("")).catch(""),
  size: z.enum(sizes).catch("25").transform(Number),
  after: z.string().max(2000).catch(""),
  before: z.string().max(2000).catch(""),
  menu: z.enum(["role", "mailbox"]).or(z.literal("")).catch(""),
  /** What is looked for in the open menu of mailboxes. */
  find: z
    .string()
    .transform((text) => text.replace(invisible, "").trim().slice(0, 100))
    .catch(""),
});

/**
 * What the query string asks for. Everything that it cannot be falls back to the default: a hand-made or an old link
 * shows a list, never an error. Days are `YYYY-MM-DD` in the reader's time zone, `idle` is in days (0: not asked).
 */
export type Filters = Omit<z.infer<typeof listQuery>, "dir"> & { dir: "asc" | "desc" };

const nothing = listQuery.parse({});
const fields: Record<string, z.ZodType> = listQuery.shape;

/** Reads the query string; only what it names is looked at. Drafts are there for those who may send them only (D2). */
export function readFilters(query: object | undefined, mayInvite: boolean): Filters {
  const given = Object.entries(query ?? {}).filter(([name]) => Object.hasOwn(fields, name));
  const read = { ...nothing, ...Object.fromEntries(given.map(([name, value]) => [name, fields[name]!.parse(value)])) };
  return {
    ...read,
    status: read.status === "draft" && !mayInvite ? "" : read.status,
    dir: read.dir || sorts[read.sort],
  };
}

const narrowing = ["q", "status", "role", "mailbox", "from", "to", "domain", "idle", "delivery", "guests"] as const;

export const isNarrowed = (filters: Filters): boolean => narrowing.some((name) => filters[name]);

const kept = [...narrowing, "sort", "dir", "size"] as const;
const plain = /^[\w.-]*$/;
const encoded = (value: string | number) =>
  plain.test(String(value)) ? value : new URLSearchParams({ v: String(value) }).toString().slice(2);

/** The query string of the same list with some of it changed; a place in the list is kept only when it is given. */
export function listPath(filters: Filters, changes: Partial<Record<keyof Filters, string | number>> = {}): string {
  const sort = (changes.sort ?? filters.sort) as Sort;
  const usual: Record<string, unknown> = { sort: "created", dir: sorts[sort], size: 25 };
  let query = "";
  const put = (name: string, value: string | number | undefined) => {
    if (value && value !== usual[name]) query += `${query ? "&" : "?"}${name}=${encoded(value)}`;
  };
  for (const name of kept) put(name, changes[name] ?? filters[name]);
  put("menu", changes.menu);
  put("after", changes.after);
  put("before", changes.before);
  return `/admin/users${query}`;
}
