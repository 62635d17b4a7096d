import type { SessionData } from "express-session";
import type { Actor } from "../access/actor.ts";
import type { Visitor } from "../access/load-actor.ts";
import type { Foreseen } from "../access/load-session.ts";
import type { Challenge } from "../passkeys/challenge.ts";
import type { Pending } from "../second-factor/pending.ts";
import type { KeptVerdict } from "../selection/run.ts";

declare global {
  namespace Express {
    interface Request {
      /** Names the request in the log, in events, and on the page of an error. */
      id: string;
      /** What the session store read along with the session: taken over by the step that identifies the visitor. */
      loaded?: Visitor;
      /** When the session was used before, in milliseconds; to the minute. */
      usedBefore?: number;
      /** What the page asked the last time, asked again along with the session. */
      foreseen?: Foreseen;
      /** Set by the session; undefined for somebody who is not signed in. */
      visitor?: Visitor;
      /** Set where the visitor is a member; behind `allow(…)` it always is. */
      actor: Actor;
    }
    interface User {
      id: string;
      /** The stored hash that a password was just checked against; never kept in the session. */
      checked?: string;
      /** Whether signing in takes more than that. */
      secondFactor?: boolean;
      /** Writes into the new session what it says from its start, before it is stored for the first time. */
      begin?(session: SessionData): void;
    }
  }
}

declare module "express-session" {
  interface SessionData {
    /** Read from the store, so its row exists unless it was ended. */
    kept?: boolean;
    accountId?: string;
    startedAt?: string;
    remember?: boolean;
    /** When the visitor last proved who they are: by signing in, or by confirming it since. */
    provenAt?: string;
    ip?: string;
    userAgent?: string;
    flash?: { kind: "done" | "failed"; text: string }[];
    /** Which invitation the visitor was about to answer before signing in. */
    invitation?: string;
    /** Whose password was right, and whose second factor is awaited. */
    pending?: Pending;
    /** What a passkey was asked to sign. */
    challenge?: Challenge;
    /** The sign-ins at providers that were begun in this browser, by the hashes of their states. */
    connecting?: string[];
    /** How the last action on several users went, row by row. */
    verdict?: KeptVerdict;
  }
}
