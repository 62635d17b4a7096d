import type { Actor } from "../access/actor.ts";
import { assertWithin } from "../access/limits.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { domains } from "../db/schema.ts";
import { newClaim } from "../domain-claims/claim.ts";
import { Invalid } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { instance } from "../instance/queries.ts";
import { type Domain, subjectOf } from "./queries.ts";
import { queueCheck } from "./queue-check.ts";

/** Each new claim is looked for every five minutes at first: that many an hour are enough for one account (T26). */
const perHour = 60;

export const inListAlready = () => new Invalid("name", t("This domain is in your list already."));

/**
 * Claims a name for the account: with a token of its own, whoever else has claimed or proven it (D7, T22). The name is
 * what `refuseName` read. The first look at its records is queued at once.
 */
export async function addDomain(
  actor: Actor,
  { name, shownName }: { name: string; shownName: string },
): Promise<Domain> {
  await assertWithin([{ key: `domains:${actor.accountId}`, points: perHour, seconds: 3600 }]);
  const claim = await newClaim(await instance());
  return db.transaction(async (tx) => {
    const [domain] = await tx
      .insert(domains)
      .values({ ...claim, accountId: actor.accountId, name, shownName, createdBy: actor.userId })
      .onConflictDoNothing()
      .returning();
    if (!domain) throw inListAlready();

    await recordEvent(tx, actor, "domain.added", subjectOf(domain), { after: { name: domain.shownName } });
    await queueCheck(tx, domain);
    return domain;
  });
}
