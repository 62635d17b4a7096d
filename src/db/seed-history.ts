import type { DemoPerson } from "./seed-people.ts";
import type { Rows } from "./seed-rows.ts";
import { daysAgo } from "./seed-time.ts";

/** Whether this person has a profile: everybody who was in the account once. */
export const hasProfile = (person: DemoPerson): boolean =>
  ["active", "blocked", "waiting", "removed"].includes(person.status);

type Recorder = ReturnType<typeof recorder>;

/** Writes events of an account as somebody. */
export const recorder =
  (rows: Rows, accountId: string, actor: { id: string; email: string }) =>
  (
    name: Rows["events"][number]["name"],
    subjectType: string,
    subjectId: string,
    subjectLabel: string,
    at: Date,
    after: Record<string, unknown> | null = null,
    before: Record<string, unknown> | null = null,
  ) =>
    rows.events.push({
      accountId,
      actorId: actor.id,
      actorLabel: actor.email,
      name,
      subjectType,
      subjectId,
      subjectLabel,
      before,
      after,
      at,
    });

/** What the log says of one person's way. */
export function addHistory(record: Recorder, person: DemoPerson, id: string, invitedAt: Date | undefined) {
  const tell = (name: Parameters<Recorder>[0], at: Date, after: Record<string, unknown>, before = {}) =>
    record(name, "member", id, person.email, at, after, before);
  const ended = daysAgo(Math.min(person.joined - 1, 20), `end ${person.email}`);

  if (person.status === "draft") tell("invite.drafted", daysAgo(person.joined, person.email), { email: person.email });
  if (invitedAt) tell("invite.sent", invitedAt, { status: "invited", rights: person.rights }, { status: "draft" });
  if (person.corporate) tell("member.added", daysAgo(person.joined, person.email), { rights: person.rights });
  else if (invitedAt && hasProfile(person)) {
    tell("invite.accepted", daysAgo(person.joined, person.email), { status: "active" }, { status: "invited" });
  }
  if (person.status === "bounced")
    tell("invite.bounced", new Date(invitedAt!.getTime() + 60_000), { delivery: "bounced" });
  if (person.status === "blocked") tell("member.blocked", ended, { status: "blocked" }, { status: "active" });
  if (person.status === "removed") tell("member.removed", ended, { status: "removed" }, { status: "active" });
  if (person.status === "declined") tell("invite.declined", ended, { status: "declined" }, { status: "invited" });
  if (person.status === "revoked") tell("invite.revoked", ended, { status: "revoked" }, { status: "invited" });
  if (person.status === "expired") tell("invite.expired", ended, { status: "expired" }, { status: "invited" });
}
