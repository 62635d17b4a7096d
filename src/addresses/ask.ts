import { assertWithin } from "../access/limits.ts";
import type { Person } from "../access/person.ts";
import { issueToken, lifeInMinutes } from "../access/tokens.ts";
import { recordEvent } from "../audit/record.ts";
import { closedWords, domainRule } from "../belonging/rule.ts";
import { config } from "../config.ts";
import { db } from "../db/client.ts";
import { Forbidden, Invalid } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { queueMail } from "../mail/outbox.ts";
import { assertOwnPassword } from "../passwords/assert-own.ts";

/**
 * Asks for another address: the old one stays until the new one is proven, and its inbox is told (T19, T32). The link
 * belongs to this user and this address; a later one replaces it. Whether the address is somebody's already is not said
 * here: its owner learns it by mail (T33). Nobody brings themselves into an organisation's domain, nor into one that takes in
 * nobody (T32).
 */
export async function askAddressChange(person: Person, typed: { email: string; confirmation: string }): Promise<void> {
  if (person.corporateAccountId) {
    throw new Forbidden(t("Your organisation manages your address. Ask one of its administrators to change it."));
  }
  await assertOwnPassword(person, typed.confirmation, "confirmation");
  if (typed.email === person.email) throw new Invalid("email", t("This is your address already."));
  const rule = await domainRule(db, typed.email);
  if (rule.kind !== "free") throw new Invalid("email", rule.kind === "closed" ? closedWords(rule) : managedWords());
  await assertWithin([{ key: `address:${person.userId}`, points: config.RESETS_PER_HOUR, seconds: 3600 }]);

  await db.transaction(async (tx) => {
    const token = await issueToken(tx, {
      purpose: "address_change",
      email: typed.email,
      userId: person.userId,
      minutes: lifeInMinutes.address_change,
    });
    const subject = { type: "user" as const, id: person.userId, label: person.email };
    await recordEvent(tx, person, "user.address_change_asked", subject, { after: { email: typed.email } });
    await queueMail(tx, { kind: "address_proof", subjectId: token.id });
    const data = { from: person.email, to: typed.email };
    await queueMail(tx, { kind: "address_change_notice", subjectId: person.userId, data });
  });
}

/** Why nobody may take an address in somebody's active domain by themselves. It names no account: anybody may try. */
export const managedWords = (): string =>
  t("This address is in a domain that an organisation manages. Ask one of its administrators to add you.");
