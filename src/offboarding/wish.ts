import { sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { db, type Reader } from "../db/client.ts";
import type { OffboardingPlan } from "../db/schema.ts";
import { Conflict, Invalid } from "../http/errors.ts";
import { isUuid } from "../http/ids.ts";
import { t } from "../i18n/t.ts";
import type { TypedChoices } from "./forms.ts";
import { type Holdings, mostMailboxes, mustDecide } from "./holdings.ts";

/** What an administrator wants to become of somebody who leaves. */
export interface Wish {
  plan: OffboardingPlan;
  /** None: now. */
  dueAt: Date | null;
  note: string;
  /** Of the plan that was read, where there was one. */
  version: number | null;
}

/** Chosen knowingly: the access ends, and nobody takes the mailbox over. */
export const leave = "leave";

/** Reads what was chosen on the page. Throws Invalid about the field that cannot be taken. */
export async function readWish(actor: Actor, typed: TypedChoices, reader: Reader = db): Promise<Wish> {
  const { mailbox, to, role, owner, when, at, note, version } = typed;
  if (mailbox.length !== to.length || mailbox.length !== role.length) {
    throw new Invalid("form", t("The form came back incomplete. Nothing was done."));
  }
  const chosen = mailbox.flatMap((mailboxId, n) =>
    to[n] === "" ? [] : [{ mailboxId, toMemberId: to[n] === leave ? null : to[n]!, role: role[n]! }],
  );
  const ids = [...mailbox, ...chosen.flatMap(({ toMemberId }) => toMemberId ?? []), ...(owner ? [owner] : [])];
  if (!ids.every(isUuid)) throw new Invalid("form", t("The form came back incomplete. Nothing was done."));
  return {
    plan: { mailboxes: chosen, ownerMemberId: owner || null },
    dueAt: when === "later" ? await instantOf(reader, actor, at) : null,
    note,
    version: version === "" ? null : Number(version) || 0,
  };
}

/** A date and time as the administrator's clock shows it, as an instant; at most a year ahead. */
async function instantOf(reader: Reader, actor: Actor, typed: string): Promise<Date> {
  const given = /^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(typed) && new Date(`${typed}Z`);
  const exists = given && given.getTime() > 0 && given.toISOString().startsWith(typed);
  if (!exists) throw new Invalid("at", t("Enter a date and a time, such as 2026-11-30T17:00."));
  const [row] = await reader.execute<{ at: string; future: boolean; near: boolean }>(sql`
    select at, at > now() as future, at < now() + interval '366 days' as near
    from (select ${typed}::timestamp at time zone ${actor.timeZone} as at) x`);
  if (!row!.future) throw new Invalid("at", t("This time is over. Choose a later one, or now."));
  if (!row!.near) throw new Invalid("at", t("At most a year ahead, please."));
  return new Date(row!.at);
}

/** Each mailbox that nobody else looks after is decided about, and sole ownership has an heir. Throws Invalid, or Conflict. */
export function assertDecided({ plan }: Wish, holdings: Holdings): void {
  if (holdings.undecidable) {
    throw new Conflict(
      t("More than {count} mailboxes have nobody else. Give somebody access to some of them first.", {
        count: mostMailboxes,
      }),
    );
  }
  const decided = new Set(plan.mailboxes.map(({ mailboxId }) => mailboxId));
  const open = holdings.mailboxes.filter((mailbox) => mustDecide(mailbox) && !decided.has(mailbox.id));
  if (open.length > 0) {
    throw new Invalid(
      "to",
      t("Choose who gets {mailbox}, or that nobody does: nobody else looks after it.", { mailbox: open[0]!.name }),
    );
  }
  if (holdings.lastOwner && !plan.ownerMemberId) {
    throw new Invalid("owner", t("Choose who becomes Owner: this is the last one."));
  }
}
