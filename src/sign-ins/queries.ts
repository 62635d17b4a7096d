import { and, desc, eq, lt, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { managedUser } from "../corporate/queries.ts";
import { db } from "../db/client.ts";
import { sessions, signIns } from "../db/schema.ts";
import { hasAny } from "../factors/has-any.ts";
import { Forbidden } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { openEditPage } from "../rights/page.ts";
import { deviceWords } from "../sessions/device-words.ts";
import { sessionsOf } from "../sessions/queries.ts";
import { trustedDevicesOf } from "../trusted-devices/queries.ts";
import { countryWords, methodWords } from "./words.ts";

export interface SignInLine {
  id: number;
  at: Date;
  refused: boolean;
  method: string;
  device: string;
  /** Did not know the person until then; they were told. */
  newDevice: boolean;
  ip: string;
  place: string;
  /** The session that it opened goes on. */
  open: boolean;
}

const size = 25;

/** When, where and with what somebody signed in, or was refused, newest first; `before` is the id of the last line seen. */
export async function signInsOf(
  userId: string,
  before?: number,
): Promise<{ lines: SignInLine[]; next: number | null }> {
  const rows = await db
    .select({ row: signIns, open: sql<boolean>`${sessions.sid} is not null` })
    .from(signIns)
    .leftJoin(
      sessions,
      and(eq(sessions.sid, signIns.sid), eq(sessions.userId, userId), sql`${sessions.expire} > now()`),
    )
    .where(and(eq(signIns.userId, userId), before ? lt(signIns.id, before) : undefined))
    .orderBy(desc(signIns.id))
    .limit(size + 1);
  const lines = rows.slice(0, size).map(({ row, open }) => ({
    id: row.id,
    at: row.at,
    refused: row.outcome === "refused",
    method: methodWords(row.method),
    device: deviceWords(row.userAgent),
    newDevice: row.newDevice,
    ip: row.ip,
    place: countryWords(row.country),
    open,
  }));
  return { lines, next: rows.length > size ? lines.at(-1)!.id : null };
}

/** 403 where the account does not manage the person's profile: when and where they sign in is their own affair. */
export function assertManaged<U>(user: U | undefined): U {
  if (user) return user;
  throw new Forbidden(
    t(
      "This user’s profile is their own: only they see where they are signed in. Administrators see it of users whose address is in a domain of the account.",
    ),
  );
}

/** The Sign-ins tab of a corporate user. 403 for others, and for an actor who may not edit users. */
export async function memberSignIns(actor: Actor, memberId: string, ownSid: string, before?: number) {
  const edit = await openEditPage(actor, memberId, "users.edit");
  const user = assertManaged(await managedUser(db, edit.member));
  const [history, live, devices, factors] = await Promise.all([
    signInsOf(user.id, before),
    sessionsOf(user.id, ownSid),
    trustedDevicesOf(user.id),
    hasAny(user.id),
  ]);
  return { ...edit, ...history, before, live, devices, factors, self: user.id === actor.userId };
}
