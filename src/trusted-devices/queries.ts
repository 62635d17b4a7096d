import { sql } from "drizzle-orm";
import type { Request } from "express";
import { hashOf } from "../access/secrets.ts";
import { db } from "../db/client.ts";
import { deviceWords } from "../sessions/device-words.ts";
import { basisOf } from "./basis.ts";
import { tokensOf } from "./cookie.ts";

/** Whether this person asked on this device, within the last thirty days, not to be asked for the second factor here. Notes that it served. */
export async function isTrusted(req: Request, userId: string): Promise<boolean> {
  const tokens = tokensOf(req);
  if (tokens.length === 0) return false;
  const known = await db.execute(sql`
    update trusted_devices d set last_used_at = now() from users u
    where u.id = ${userId} and d.user_id = u.id and d.hash = any(${sql.param(tokens.map(hashOf))}::text[])
      and d.ends_at > now() and d.basis = ${basisOf} returning d.id`);
  return known.length > 0;
}

export interface TrustedDevice {
  id: string;
  device: string;
  since: Date;
  usedAt: Date | null;
  endsAt: Date;
  /** The one that asks. */
  here: boolean;
}

/** Where somebody is not asked for the second factor, the one that asks first (`req`; none where another asks), then the newest. */
export async function trustedDevicesOf(userId: string, req?: Request): Promise<TrustedDevice[]> {
  const here = sql.param(req ? tokensOf(req).map(hashOf) : []);
  const rows = await db.execute<
    { id: string; agent: string; here: boolean } & Record<"since" | "ends", string> & { used: string | null }
  >(sql`
    select d.id, d.user_agent as agent, d.created_at as since, d.last_used_at as used, d.ends_at as ends,
      d.hash = any(${here}::text[]) as here
    from users u join trusted_devices d on d.user_id = u.id
    where u.id = ${userId} and d.ends_at > now() and d.basis = ${basisOf}
    order by here desc, coalesce(d.last_used_at, d.created_at) desc, d.id`);
  return rows.map(({ id, agent, since, used, ends, here }) => ({
    ...{ id, here, device: deviceWords(agent) },
    ...{ since: new Date(since), usedAt: used ? new Date(used) : null, endsAt: new Date(ends) },
  }));
}
