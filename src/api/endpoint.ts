import { z } from "zod";
import type { Actor } from "../access/actor.ts";
import { isPermission, type Permission } from "../access/permissions.ts";
import type { StoredFile } from "../files/store.ts";

type Empty = z.ZodObject<Record<never, never>>;

/** Reads the body as a file, piece by piece, within the limits of an upload, and hands it to whoever keeps it. */
export type Receive = <T>(keep: (bytes: AsyncIterable<Uint8Array>) => Promise<T>) => Promise<T>;

/** What a handler is given: everything is read and checked. `version` is the one that `If-Match` names where `ifMatch`, else 0. */
export interface Asked<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodObject> {
  params: z.output<P>;
  query: z.output<Q>;
  body: z.output<B>;
  version: number;
  /** The ETags that `If-Match` names where `mayMatch`; undefined: it was left out, or says `*`. */
  tags: string[] | undefined;
  /** The body of an `upload`. */
  receive: Receive;
}

/** One thing as the answer. `version` becomes the ETag, `location` (a path below /api/v1) says where a new thing stands. */
export interface One<A> {
  body?: A;
  version?: number | string;
  location?: string;
  /** What is handed out by a `download`. */
  file?: StoredFile;
}

/** A page of a list, and where the next one begins. */
export interface Page<A> {
  rows: A[];
  next?: string;
}

interface Definition<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodObject, A extends z.ZodType, L> {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Below /api/v1, with `:name` for parameters. */
  path: string;
  /** The heading that it stands under in the documentation. */
  tag: string;
  summary: string;
  description?: string;
  /** The right that it needs, the same that the page's route names: the client's maker must hold it, and its token be for it. */
  permission: Permission;
  /** Each of these opens the door as well. */
  others?: Permission[];
  params?: P;
  query?: Q;
  body?: B;
  /** One thing, or one row of the list. None: 204. */
  answer?: A;
  /** 200; 201 where the answer has a location; 204 without an answer. */
  status?: number;
  /** Pages by `limit` and `cursor`, which the handler finds in its query. */
  list?: L;
  /** The media type of a body that is a file; of the same bytes twice the verb knows, so it takes no Idempotency-Key. */
  upload?: string;
  /** It answers with a file (`file`), of one of these media types. */
  download?: string[];
  /** It changes a thing with versions: without `If-Match` it is 428, with another version 412 (throw `Stale`). */
  ifMatch?: boolean;
  /** The same for a thing without versions, whose ETag tells what it shows: `If-Match` may be left out. */
  mayMatch?: boolean;
  handle: (
    actor: Actor,
    asked: Asked<P, L extends true ? z.ZodObject<Q["shape"] & typeof paging> : Q, B>,
  ) => Promise<L extends true ? Page<z.input<A>> : One<z.input<A>>>;
  /** The answer once more for what an earlier attempt made, by its id: after a crash between the change and its answer. */
  again?: (actor: Actor, id: string) => Promise<One<z.input<A>>>;
}

/** An endpoint as the router, the documentation and the sweeps see it. */
export interface Endpoint {
  method: Definition<never, never, never, never, never>["method"];
  path: string;
  tag: string;
  summary: string;
  description?: string;
  permission: Permission;
  others: Permission[];
  params: z.ZodObject;
  query: z.ZodObject;
  body?: z.ZodObject;
  answer?: z.ZodType;
  status: number;
  list: boolean;
  upload?: string;
  download?: string[];
  ifMatch: boolean;
  mayMatch: boolean;
  handle: (actor: Actor, asked: Asked<z.ZodObject, z.ZodObject, z.ZodObject>) => Promise<One<unknown> | Page<unknown>>;
  again?: (actor: Actor, id: string) => Promise<One<unknown>>;
}

/** What every list takes. */
export const paging = {
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(100)
    .default(50)
    .meta({ description: "How many rows a page holds at most.", example: 50 }),
  cursor: z.string().max(2000).optional().meta({
    description: "Where the page begins: `next` of the page before. The header `Link` holds the whole address.",
  }),
};

/**
 * Describes one endpoint of the API: who may call it, what it takes, what it answers, and the query or verb behind it.
 * Schemas are strict: what they do not name is refused (T57). T60: a right that is none stops the start.
 */
export function endpoint<
  P extends z.ZodObject = Empty,
  Q extends z.ZodObject = Empty,
  B extends z.ZodObject = Empty,
  A extends z.ZodType = z.ZodVoid,
  L extends boolean = false,
>(definition: Definition<P, Q, B, A, L>): Endpoint {
  const { method, path, permission, params, query, body, answer } = definition;
  for (const each of [permission, ...(definition.others ?? [])])
    if (!isPermission(each)) throw new Error(`${method} /api/v1${path} asks for no right of the catalogue: ${each}`);
  const list = Boolean(definition.list);
  return {
    ...(definition as unknown as Endpoint),
    others: definition.others ?? [],
    params: params ?? z.object({}),
    query: z.strictObject({ ...query?.shape, ...(list ? paging : {}) }),
    body: body && z.strictObject(body.shape),
    status: definition.status ?? (answer || definition.download ? 200 : 204),
    list,
    ifMatch: Boolean(definition.ifMatch),
    mayMatch: Boolean(definition.mayMatch),
  };
}
