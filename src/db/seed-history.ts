import { isPermission, permissions } from "../access/permissions.ts";
import type { DemoAccount } from "./seed-accounts.ts";
import type { DemoPerson } from "./seed-people.ts";
import type { Rows } from "./seed-rows.ts";
import { daysAgo } from "./seed-time.ts";

/** Whether this person has a profile: everybody who was in the account once. */
export const hasProfile = (person: DemoPerson): boolean =>
  ["active", "blocked", "waiting", "removed"].includes(person.status);

type EventName = Rows["events"][number]["name"];

interface Author {
  id: string | null;
  email: string;
}

/** Writes events of an account as somebody. */
export const recorder =
  (rows: Rows, accountId: string, actor: Author) =>
  (
    name: EventName,
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

/** What the log calls somebody's rights, as it does for everybody: "Viewer", "Mailbox reader (Press)". */
export const labelsOf = (account: DemoAccount, { rights }: DemoPerson): string[] =>
  rights.map((right) => {
    const [what = "", key] = right.split(":").reverse();
    const title = isPermission(what) ? permissions[what].title : what;
    const box = account.mailboxes.find((each) => each.key === key);
    return box ? `${title} (${box.name})` : title;
  });

/** What the log says of one person's way; invited people answer themselves, and Muster notices what nobody did. */
export function addHistory(
  rows: Rows,
  accountId: string,
  by: Author,
  person: DemoPerson & { userId: string | null },
  id: string,
  invitedAt: Date | undefined,
) {
  const as = (author: Author) => (name: EventName, at: Date, after: Record<string, unknown>, was?: string) =>
    recorder(rows, accountId, author)(name, "member", id, person.email, at, after, was ? { status: was } : null);
  const admin = as(by);
  const themselves = as({ id: person.userId, email: person.email });
  const muster = as({ id: null, email: "Muster" });
  const joined = daysAgo(person.joined, person.email);
  const ended = daysAgo(Math.min(person.joined - 1, 20), `end ${person.email}`);
  const { rights, status } = person;

  if (status === "draft") admin("invite.drafted", joined, { email: person.email });
  if (invitedAt) admin("invite.sent", invitedAt, { status: "invited", rights }, "draft");
  if (person.corporate) admin("member.added", joined, { status: "active", rights });
  else if (invitedAt && hasProfile(person))
    themselves("invite.accepted", joined, { status: "active", rights }, "invited");
  if (status === "bounced") muster("invite.bounced", new Date(invitedAt!.getTime() + 60_000), { delivery: "bounced" });
  if (status === "blocked") admin("member.blocked", ended, { status }, "active");
  if (status === "removed") admin("member.removed", ended, { status }, "active");
  if (status === "declined") themselves("invite.declined", ended, { status }, "invited");
  if (status === "revoked") admin("invite.revoked", ended, { status }, "invited");
  if (status === "expired") muster("invite.expired", ended, { status }, "invited");
}
