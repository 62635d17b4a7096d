import { AsyncLocalStorage } from "node:async_hooks";
import { type RequestHandler, Router } from "express";
import { assertGuarded, linesOf } from "./route-lines.ts";

/** A room: where its router stands, and how its code is loaded, which happens when somebody first asks for it. */
export interface Room {
  mount: string;
  load: () => Promise<Router>;
  /** What it answers below the mount, as words and `:parameters`. A word at the end covers all below it; all else itself only. */
  addresses: string[];
}

/** The room whose routes module exports this router. Without addresses it is asked for whatever stands below its mount. */
export const room = <Module extends Record<Name, Router>, Name extends string>(
  mount: string,
  load: () => Promise<Module>,
  router: Name,
  addresses: string[] = [],
): Room => ({ mount, load: async () => (await load())[router], addresses });

// Case and a slash more or less do not matter to a router, so they do not matter here.
const wordsOf = (path: string) => path.toLowerCase().split("/").filter(Boolean);

/** Whether a room is to be asked for a path, by the words of it. Its router has the last word, so once too often does no harm. */
function answers({ mount, addresses }: Room): (path: string[]) => boolean {
  const below = wordsOf(mount);
  const patterns = addresses.map((address) => {
    const words = wordsOf(address);
    return { words: [...below, ...words], whole: !words.length || words.at(-1)!.startsWith(":") };
  });
  if (patterns.length === 0) patterns.push({ words: below, whole: false });
  return (path) =>
    patterns.some(
      ({ words, whole }) =>
        (whole ? path.length === words.length : path.length >= words.length) &&
        words.every((word, at) => word === path[at] || word.startsWith(":")),
    );
}

// Code that loads during a request has nothing to do with it: not its language, nor whatever else goes with it.
const byItself = AsyncLocalStorage.snapshot();

/**
 * Passes a request on to what is loaded when it first comes to that; who comes meanwhile waits for the same. What fails to
 * load is an error of this request, and is tried again by the next one.
 */
export function whenAsked(load: () => Promise<RequestHandler>): RequestHandler {
  let loaded: RequestHandler | undefined;
  let loading: Promise<RequestHandler> | undefined;
  const arrive = async () => {
    try {
      loaded = await byItself(load);
      return loaded;
    } finally {
      loading = undefined;
    }
  };
  return (req, res, next) => {
    loading ??= loaded ? undefined : arrive();
    if (loaded) void loaded(req, res, next);
    else loading!.then((handler) => handler(req, res, next), next);
  };
}

/** The rooms of a list in its order, as one handler: only those that answer an address are asked, and so loaded. */
export function enter(rooms: Room[]): RequestHandler {
  const doors = rooms.map((room) => ({
    answers: answers(room),
    pass: whenAsked(async () => {
      const router = await room.load();
      // T60: what does not say who may enter is never answered, whoever asks.
      assertGuarded(linesOf([[room.mount, router]]));
      return Router().use(room.mount, router);
    }),
  }));
  return (req, res, next) => {
    const path = wordsOf(req.path);
    const asked = doors.filter((door) => door.answers(path));
    const pass = (at: number) => (error?: unknown) => {
      if (error || at === asked.length) return next(error);
      asked[at]!.pass(req, res, pass(at + 1));
    };
    pass(0)();
  };
}

/** All rooms with their routers: for whoever walks their routes, and for the build step. */
export const loadAll = (rooms: Room[]): Promise<[mount: string, router: Router][]> =>
  Promise.all(rooms.map(async ({ mount, load }): Promise<[string, Router]> => [mount, await load()]));

/** Whether a path leads to the room at all; a route elsewhere would never be reached. */
export const reaches = (room: Room, path: string): boolean => answers(room)(wordsOf(path));
