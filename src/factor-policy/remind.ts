import { sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { countTries, inWords } from "../access/limits.ts";
import { recordEvent } from "../audit/record.ts";
import { db, type Tx } from "../db/client.ts";
import { Conflict, TooMany } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { policyOf, whoLacks } from "./queries.ts";

/** Orders the mail to each member who lacks a second factor, in one statement; they leave at a set rate (R26). Returns how many. */
export async function remindAll(tx: Tx, actor: Actor): Promise<number> {
  const ordered = await tx.execute(sql`
    insert into mails (kind, account_id, subject_id, data, held)
    select 'factor_wanted', m.account_id, m.user_id, '{}'::jsonb, true from members m where ${whoLacks(actor.accountId)}
    returning 1`);
  return ordered.length;
}

/** Reminds all who lack one, once a day at most. 409 where the account asks for none. */
export function remindMembers(actor: Actor): Promise<number> {
  return db.transaction(async (tx) => {
    const account = await policyOf(actor.accountId, tx);
    if (!account.secondFactorFrom) throw new Conflict(t("This account does not ask for a second factor."));
    const key = `factor-reminder:${actor.accountId}`;
    const [wait = 0] = await countTries([{ key, points: 1, seconds: 86_400 }], 1, tx);
    if (wait > 0) throw new TooMany(t("They were reminded already. Again in {left}.", { left: inWords(wait) }), wait);
    const count = await remindAll(tx, actor);
    const subject = { type: "account" as const, id: account.id, label: account.name };
    await recordEvent(tx, actor, "account.members_reminded", subject, { after: { members: count } });
    return count;
  });
}
