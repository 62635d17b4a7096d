import { createSecretKey } from "node:crypto";
import connectPgSimple from "connect-pg-simple";
import type { Request, RequestHandler } from "express";
import session from "express-session";
import type { Visitor } from "../access/load-actor.ts";
import { type Foreseen, isSame, loadSession } from "../access/load-session.ts";
import { type SessionPolicy, sessionTimes, timesUnder } from "../access/session-times.ts";
import { config } from "../config.ts";
import { type Compiled, rawPool } from "../db/client.ts";
import { sharedNow } from "../db/clock.ts";
import { contents, hashed, type NewRow, rewrite, slide } from "./session-row.ts";

const PgStore = connectPgSimple(session);
const minutes = 60_000;

/** The library's store over the application's own pool. Only the hash of a session's id is kept: a dump signs nobody in. */
class SessionStore extends PgStore {
  declare ttl: number;
  declare generate: (req: Request) => void;
  private touched = new Map<string, number>();

  /** The request whose session is asked for. */
  asking?: Request;
  private habits = new Map<string, Compiled>();
  private visitors = new WeakMap<object, { visitor?: Visitor; foreseen?: Foreseen; usedAt: number }>();
  /** What the account that a session works in says about it. */
  private policies = new WeakMap<object, SessionPolicy>();
  /** What the row of a session says, as far as its request knows. */
  private rows = new WeakMap<object, string>();
  /** New sessions whose row was inserted in this request: express-session, which knows nothing of it, saves each once more. */
  private stored = new WeakSet<object>();
  /** New sessions whose row somebody else's statement inserts. */
  private held = new WeakMap<object, NewRow | undefined>();

  isWritten(data: object): boolean {
    return this.rows.get(data) === contents(data);
  }

  /**
   * The session comes with its visitor, for `createSession` to put on the request, and with what the same address asked
   * the database in this session before (`expect`).
   */
  override get(sid: string, done: Parameters<session.Store["get"]>[1]) {
    const habit = this.asking?.method === "GET" ? this.habits.get(`${sid} ${this.asking.originalUrl}`) : undefined;
    loadSession(hashed(sid), habit).then((found) => {
      const data = found && ({ ...found.sess, kept: true } as session.SessionData);
      if (data) this.visitors.set(data, found);
      done(null, data);
    }, done);
  }
  /** The next request for the same address will ask this. */
  expect(req: Request, statement: Compiled) {
    const place = `${req.sessionID} ${req.originalUrl}`;
    if (isSame(this.habits.get(place), statement)) return;
    if (this.habits.size >= 1000) this.habits.clear();
    this.habits.set(place, statement);
  }
  override createSession(req: Request, data: session.SessionData) {
    const found = this.visitors.get(data);
    req.loaded = found?.visitor;
    req.foreseen = found?.foreseen;
    req.usedBefore = found?.usedAt;
    const session = super.createSession(req, data);
    if (found?.visitor?.account) this.policies.set(session, found.visitor.account.sessions);
    this.rows.set(session, contents(session));
    return session;
  }
  /** A session without a row leaves none behind. */
  override regenerate(req: Request, done: (error?: unknown) => void) {
    if (this.rows.has(req.session)) return super.regenerate(req, done);
    this.generate(req);
    done();
  }
  /** When it ends unless it is used before: a device that is to be remembered has an end of its own, which policy may bring forward. */
  private endOf(data: session.SessionData): string {
    const { idle } = timesUnder(this.policies.get(data), data.remember ? rememberTime : undefined);
    const own = data.cookie.expires ? +new Date(data.cookie.expires) : Number.POSITIVE_INFINITY;
    return new Date(Math.min(own, sharedNow() + idle)).toISOString();
  }
  /** A session that was ended while one of its requests was under way stays ended: only a new one is inserted (T37). */
  override set(sid: string, data: session.SessionData, done?: (error?: unknown) => void) {
    this.ttl = (sharedNow() - Date.now() + sessionTimes().idle) / 1000; // From this machine's now.
    const row = contents(data);
    const written = (error?: unknown) => {
      if (!error) this.rows.set(data, row);
      done?.(error);
    };
    if (this.stored.has(data) && this.rows.get(data) === row) return written();
    const expires = this.endOf(data);
    if (this.held.has(data)) {
      this.held.set(data, { sid: hashed(sid), sess: JSON.stringify(data), expires });
      return written();
    }
    if (!data.kept && !this.stored.has(data)) {
      this.stored.add(data);
      return super.set(hashed(sid), data, written);
    }
    rawPool.query(rewrite, [hashed(sid), data, expires]).then(() => written(), written);
  }
  /** Leaves the first write of a new session to whoever takes its row. */
  hold(data: session.SessionData) {
    this.held.set(data, undefined);
  }
  /** The row of a session that was held back; from now on it is written as any other. */
  take(data: session.SessionData): NewRow {
    const row = this.held.get(data);
    if (!row) throw new Error("No new session was held back");
    this.held.delete(data);
    this.stored.add(data);
    return row;
  }
  override destroy(sid: string, done?: (error?: unknown) => void) {
    super.destroy(hashed(sid), done);
  }
  /** The idle time slides, written at most once a minute, so that reading a page costs no write; at once under another policy. */
  override touch(sid: string, data: session.SessionData, done?: () => void) {
    const under = `${sid} ${this.policies.get(data)?.idleMinutes ?? ""}`;
    if ((this.touched.get(under) ?? 0) > Date.now() - minutes) return void done?.();
    if (this.touched.size > 10_000) this.touched.clear();
    this.touched.set(under, Date.now());
    const touched = () => done?.();
    rawPool.query(slide, [hashed(sid), this.endOf(data)]).then(touched, touched);
  }
}

const secure = config.BASE_URL.startsWith("https:");
export const sessionCookie = secure ? "__Host-muster" : "muster";

/** How long a device that is to be remembered stays signed in, in milliseconds. */
export const rememberTime = config.SESSION_REMEMBER_DAYS * 24 * 60 * minutes;

/**
 * Sessions in Postgres, so that they survive a restart and are shared by all web processes (T47). Their cookie has no end
 * of its own: it must not end before the session, whose idle time slides.
 */
export function sessions(): RequestHandler {
  const store = new SessionStore({
    pool: rawPool as never,
    tableName: "sessions",
    pruneSessionInterval: false,
    errorLog: () => {},
  });
  const handler = session({
    name: sessionCookie,
    // A key costs a fifth of a text, which would be made one for each cookie.
    secret: createSecretKey(config.SESSION_SECRET, "utf8"),
    store,
    resave: false,
    saveUninitialized: false,
    rolling: false,
    proxy: config.TRUST_PROXY > 0,
    cookie: { httpOnly: true, sameSite: "lax", secure, path: "/" },
  });
  return (req, res, next) => {
    store.asking = req;
    handler(req, res, next);
    store.asking = undefined;
  };
}

/** Has a new session not be written by itself, but with the statement of whoever calls `takeRow`. */
export const holdRow = (req: Request): void =>
  (req.sessionStore as unknown as SessionStore).hold(req.session as unknown as session.SessionData);

/** The row of the session that was held back (`holdRow`). */
export const takeRow = (req: Request): NewRow =>
  (req.sessionStore as unknown as SessionStore).take(req.session as unknown as session.SessionData);

/** Has the next request of this session for the same address bring this statement's one row along (`req.foreseen`). */
export const expectAgain = (req: Request, statement: Compiled): void =>
  (req.sessionStore as unknown as SessionStore).expect(req, statement);

/**
 * A redirect leaves after the session is written. express-session sends the head of an answer before it saves, and a quick
 * browser would open the next page before the message for it is stored.
 */
export const saveBeforeRedirect: RequestHandler = (req, res, next) => {
  const redirect = res.redirect.bind(res) as (...target: unknown[]) => void;
  res.redirect = (...target: unknown[]) => {
    const used = req.session && Object.keys(req.session).length > 1;
    const written = used && (req.sessionStore as unknown as SessionStore).isWritten(req.session);
    if (req.method === "GET" || !used || written) return redirect(...target);
    req.session.save((error) => (error ? next(error) : redirect(...target)));
  };
  next();
};
