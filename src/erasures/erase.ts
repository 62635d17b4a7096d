import { sql } from "drizzle-orm";
import { canonicalAddress } from "../access/address.ts";
import type { Person } from "../access/person.ts";
import { db, type Tx } from "../db/client.ts";
import { leaveForGood } from "../deletions/delete-profile.ts";
import { Forbidden, Invalid } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { follower } from "../seals/seal-events.ts";
import { forgetAccounts, forgetPerson } from "./forget.ts";
import { tracesOf } from "./who.ts";

/**
 * Erases somebody on their own wish, at once: all that deleting the profile does, and what is personal about them in every
 * row and in the log, which goes on to verify (X12). As with deleting: corporate users cannot (A46); 409 while they are the
 * last Owner of an account with others in it (D9). Returns how many events were redacted.
 */
export async function eraseProfile(person: Person, typed: { email: string }): Promise<{ redacted: number }> {
  if (person.corporateAccountId)
    throw new Forbidden(t("Your organisation manages your profile, so you cannot delete it."));
  if (canonicalAddress(typed.email) !== person.email)
    throw new Invalid("email", t("Type your address exactly: {email}", { email: person.email }));

  return db.transaction(async (tx) => {
    const traces = await tracesOf(tx, person.userId);
    const own = (await leaveForGood(tx, person)).map(({ id }) => id);
    await forgetPerson(tx, person, traces);
    const subjects = [person.userId, ...traces.memberIds, ...own, ...(await forgetAccounts(tx, own))];
    // Last, so that what this very transaction wrote is without words as well.
    return { redacted: await eraseFromLog(tx, person, subjects, traces.words) };
  });
}

/** The database's own function does it, and nothing is sealed meanwhile: a seal over words that go would not fit. */
async function eraseFromLog(tx: Tx, person: Person, subjects: string[], words: string[]): Promise<number> {
  await tx.execute(sql`insert into event_cursors (name) values (${follower}) on conflict do nothing`);
  await tx.execute(sql`select 1 from event_cursors where name = ${follower} for update`);
  const all = sql`${sql.param(words)}::text[]`;
  const [done] = await tx.execute<{ erasure_id: string; redacted: number }>(sql`
    select erasure_id::text, redacted
    from erase_from_events(${person.userId}::uuid, ${sql.param(subjects)}::text[], ${all}, ${person.requestId ?? null})`);
  await tx.execute(sql`
    update webhook_deliveries d set payload = jsonb_set(redact_json(d.payload, ${all}, '{}'), '{data}', (d.payload -> 'data') || jsonb_build_object(
      'actor', jsonb_build_object('id', e.actor_id, 'label', e.actor_label),
      'subject', jsonb_build_object('type', e.subject_type, 'id', e.subject_id, 'label', e.subject_label),
      'before', e.before, 'after', e.after))
    from redactions r join events e on e.id = r.event_id
    where r.erasure_id = ${done!.erasure_id}::bigint and d.account_id = e.account_id and d.event_id = e.id`);
  return done!.redacted;
}
