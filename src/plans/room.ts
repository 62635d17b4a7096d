import { type SQL, sql } from "drizzle-orm";
import type { Reader, Tx } from "../db/client.ts";
import { later } from "../db/later.ts";
import { Invalid } from "../http/errors.ts";
import { t } from "../i18n/t.ts";

/** An account's plan as far as it counts: what it is called, how many mailboxes it includes, and how many of those are left. */
export interface Room {
  plan: string;
  /** Null, here and below: as many as one likes. */
  mailboxes: number | null;
  /** 0 too where more are in use than the plan includes. */
  left: number | null;
}

/** 409: the plan does not allow it now. A form shows it above its fields, or beside the one that is named. */
export class PlanRefused extends Invalid {
  override status = 409;
  constructor(words: string, field = "form") {
    super(field, words);
  }
}

/** Why not as many mailboxes as asked for can be added, and what to do. */
export const noRoomWords = ({ plan, mailboxes, left }: Room): string =>
  left
    ? t("The plan “{plan}” has room for {left, plural, one {# more mailbox} other {# more mailboxes}} only.", {
        plan,
        left,
      })
    : t(
        "The plan “{plan}” includes {limit, plural, one {# mailbox} other {# mailboxes}}, and all of them are in use. Archive one, or change the plan.",
        { plan, limit: mailboxes ?? 0 },
      );

/** Which plan an account has: the one it chose, else the default one of the instance. */
export const planIdOf = (accountId: string): SQL => sql`coalesce(
  (select plan_id from accounts where id = ${accountId}), (select id from plans where is_default))`;

/** B4: what counts is a mailbox, native or reached over IMAP, that is neither archived nor deleted; counted up to `most`. */
export const inUse = (accountId: string, most: SQL | number): SQL => sql`(select count(*)::int from (
  select 1 from mailboxes where account_id = ${accountId} and archived_at is null limit ${most}) used)`;

const leftIn = (accountId: string): SQL =>
  sql`(case when p.mailboxes is not null then greatest(0, p.mailboxes - ${inUse(accountId, sql`p.mailboxes`)}) end)`;

/** How many mailboxes an account may still add, as a value of a statement: null for no end. `holdRoom` comes before it. */
export const roomLeft = (accountId: string): SQL =>
  sql`(select ${leftIn(accountId)} from plans p where p.id = ${planIdOf(accountId)})`;

const key = (what: "plan" | "room", accountId: string) => sql`hashtextextended(${`${what} ${accountId}`}, 0)`;

/**
 * Holds the places of an account's plan until the transaction ends: nobody changes the plan, and where it has an end nobody
 * else adds a mailbox. Where it has none, nobody waits. To be called after domains are held, and before people or mailboxes
 * are locked: whoever waits here holds nothing that the other needs.
 */
export function holdRoom(tx: Tx, accountId: string): void {
  later(tx, (tx) => tx.execute(sql`select pg_advisory_xact_lock_shared(${key("plan", accountId)})`));
  later(tx, (tx) =>
    tx.execute(sql`
      select pg_advisory_xact_lock(${key("room", accountId)}) from plans
      where id = ${planIdOf(accountId)} and mailboxes is not null`),
  );
}

/** Holds the plan against whoever adds a mailbox right now: for its change. Before anything else is locked. */
export const holdPlan = (tx: Tx, accountId: string): void =>
  later(tx, (tx) => tx.execute(sql`select pg_advisory_xact_lock(${key("plan", accountId)})`));

/** The plan of an account and what is left of it. Nothing is counted where it has no end. */
export async function roomOf(reader: Reader, accountId: string): Promise<Room> {
  const [room] = await reader.execute<Record<string, unknown> & Room>(sql`
    select p.name as plan, p.mailboxes, ${leftIn(accountId)} as left from plans p where p.id = ${planIdOf(accountId)}`);
  return room!;
}

/**
 * The one question before `count` mailboxes are added to an account, or come back (M28, B4): by page, import, API. Throws
 * PlanRefused where the plan has no room for all of them. Of two who take the last place at once one gets it.
 */
export async function assertRoomForMailboxes(tx: Tx, accountId: string, count = 1): Promise<void> {
  holdRoom(tx, accountId);
  const room = await roomOf(tx, accountId);
  if (room.left !== null && room.left < count) throw new PlanRefused(noRoomWords(room));
}
