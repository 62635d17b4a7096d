import { randomBytes } from "node:crypto";
import { sql } from "drizzle-orm";
import type { Request, Response } from "express";
import { hashOf } from "../access/secrets.ts";
import { type Author, recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { hashed } from "../http/session-row.ts";
import { deviceWords } from "../sessions/device-words.ts";
import { basisOf } from "./basis.ts";
import { keepTokens, thirtyDays, tokensOf } from "./cookie.ts";

/** So many of somebody are kept: the list of them stays one that can be read. */
const most = 50;

/**
 * Trusts the device that asks for thirty days: this person's second factor is not asked for there. `checked` is the stored
 * hash of the password that was right; replaced by now, nothing is trusted, nor where the session that was opened with it is
 * ended or being ended (T37). What others are trusted for on the same device stays in its cookie, what is over does not.
 */
export async function trustDevice(
  req: Request,
  res: Response,
  author: Author & { userId: string },
  checked: string | undefined,
): Promise<void> {
  const token = randomBytes(32).toString("base64url");
  const userAgent = (req.get("User-Agent") ?? "").slice(0, 200);
  const held = tokensOf(req);
  const hashes = sql.param(held.map(hashOf));
  const trusted = await db.transaction(async (tx) => {
    const [made] = await tx.execute(sql`
      with holder as materialized (
        select u.id, ${basisOf} as basis from users u
        where u.id = ${author.userId} and u.disabled_at is null and u.password_hash = ${checked ?? ""} for no key update
      ), opened as materialized (
        select s.sid from sessions s join holder on s.user_id = holder.id where s.sid = ${hashed(req.sessionID)}
        for key share of s skip locked
      )
      insert into trusted_devices (user_id, hash, basis, user_agent, ends_at)
      select id, ${hashOf(token)}, basis, ${userAgent}, now() + make_interval(secs => ${thirtyDays / 1000})
      from holder, opened returning id`);
    if (!made) return undefined;
    // This device anew, what is over, and the longest unused beyond the most.
    await tx.execute(sql`
      delete from trusted_devices d using users u where u.id = ${author.userId} and d.user_id = u.id and d.id <> ${made.id}
        and (d.hash = any(${hashes}::text[]) or d.ends_at <= now() or d.basis <> ${basisOf} or d.id in (
          select o.id from trusted_devices o where o.user_id = u.id and o.id <> ${made.id} and o.ends_at > now() and not o.hash = any(${hashes}::text[])
          order by coalesce(o.last_used_at, o.created_at) desc offset ${most - 1}))`);
    const subject = { type: "user" as const, id: author.userId, label: author.label };
    await recordEvent(tx, author, "user.device_trusted", subject, { after: { device: deviceWords(userAgent) } });
    return tx.execute<{ hash: string }>(sql`
      select hash from trusted_devices where hash = any(${hashes}::text[]) and ends_at > now()`);
  });
  if (!trusted) return;
  const living = new Set(trusted.map(({ hash }) => hash));
  keepTokens(res, [token, ...held.filter((each) => living.has(hashOf(each)))]);
}
