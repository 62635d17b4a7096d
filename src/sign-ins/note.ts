import { type SQL, sql } from "drizzle-orm";
import type { Request } from "express";
import type { signIns } from "../db/schema.ts";
import { addJob } from "../queue.ts";
import { countryOf } from "./country.ts";

/** How somebody proved who they are. */
export type SignInMethod = NonNullable<(typeof signIns.$inferSelect)["method"]>;

const whence = (req: Request) => {
  const [ip, userAgent] = [req.ip ?? "", (req.get("User-Agent") ?? "").slice(0, 200)];
  return { ip, userAgent, country: countryOf(req.ip) };
};

/**
 * Parts of the statement that opens a session: they write the sign-in into the person's history, and, on a device that they
 * had not used before, tell them by bell and by mail. `signed` is the part before, with the columns id and came_before
 * (not the very first time). The bell can be switched off, the mail cannot. What is ordered is read by the last part, `sent`.
 */
export function notingSignIn(
  req: Request,
  { method, sid, known }: { method: SignInMethod; sid: string; known: boolean },
): SQL {
  const { ip, userAgent, country } = whence(req);
  const noted = sql`
    noted as (
      insert into sign_ins (user_id, method, outcome, ip, country, user_agent, new_device, sid)
      select id, ${method}, 'signed_in', ${ip}, ${country}, ${userAgent}, ${!known}::boolean and came_before, ${sid}
      from signed returning user_id, new_device
    )`;
  // The part that nobody reads would not be run.
  if (known) return sql`${noted}, sent as (select 1 where false)`;
  const mailId = crypto.randomUUID();
  const data = JSON.stringify({ ip, country, userAgent });
  return sql`${noted}, rung as (
      insert into notifications (user_id, kind, subject_id, data)
      select u.id, 'sign_in.new_device', u.id, ${data}::jsonb from noted join users u on u.id = noted.user_id
      where noted.new_device and coalesce((u.notifications #>> '{sign_in.new_device,bell}')::boolean, true)
    ), told as (
      insert into mails (id, kind, subject_id, data)
      select ${mailId}::uuid, 'new_device', user_id, ${data}::jsonb from noted where new_device returning id
    ), sent as (select ${addJob("send_mail", { mailId }, { maxAttempts: 9 })} from told)`;
}

/** The part that writes a refused sign-in into the history of whom it was tried for: `known`, with the column id, or nobody. */
export function notingRefusal(req: Request, method: SignInMethod): SQL {
  const { ip, userAgent, country } = whence(req);
  return sql`
    noted as (
      insert into sign_ins (user_id, method, outcome, ip, country, user_agent)
      select id, ${method}, 'refused', ${ip}, ${country}, ${userAgent} from known
    )`;
}
