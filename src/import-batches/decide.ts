import { type Actor, can } from "../access/actor.ts";
import { lacking } from "../access/policy.ts";
import { type Giving, keyOf, rightsOf } from "../grants/giving.ts";
import type { Grant } from "../grants/queries.ts";
import type { Member } from "../members/queries.ts";
import { Halt, type ImportPerson } from "./step.ts";
import { asked, type Things } from "./things.ts";

export interface Wish extends Record<string, unknown> {
  position: number;
  mailboxId: string | null;
  items: string[];
  before: string[] | null;
}

export interface Names {
  firstName: string;
  lastName: string;
}

/** What is to become of one member. */
export interface Decision {
  position: number;
  member: Member;
  held: Grant[];
  starts: Giving[];
  ends: Grant[];
  /** Where they change. */
  names?: Names & { before: Names };
}

/** What is known of a member when it is decided about them. */
export interface Known {
  person: ImportPerson;
  member: Member | undefined;
  held: Grant[];
  wishes: Wish[];
  /** Of the profile, where this account manages it. */
  profile: Names | undefined;
}

const same = (a: Set<string>, b: Set<string>) => a.size === b.size && [...a].every((each) => b.has(each));
const sameNames = (a: Names, b: Names) => a.firstName === b.firstName && a.lastName === b.lastName;

/**
 * What one update row comes to now, or why it is left out. The difference that was shown is what is done: where somebody else
 * changed the same thing since, theirs stays, and that is said (D1, T56); where they did the same, nothing is left to do.
 */
export function decide(actor: Actor, known: Known, things: Things): Decision | string {
  const { person, member, held, wishes } = known;
  if (!member) return "member_gone";
  const here = ["draft", "invited", "active", "waiting", "blocked"].includes(member.status);
  if (!here) return "member_gone";
  if (lacking(actor, rightsOf(held)).length > 0) return "member_stronger";

  const decision: Decision = { position: person.position, member, held, starts: [], ends: [] };
  for (const { mailboxId, items, before } of wishes) {
    // A role that was deleted stands in no workbook, and counts neither as held nor as taken away.
    const there = held.filter((grant) => grant.mailboxId === mailboxId && !grant.gone);
    const wanted = new Set(items.map((item) => keyOf(asked(mailboxId, item))));
    const present = new Set(there.map(keyOf));
    if (same(wanted, present)) continue;
    if (before && !same(new Set(before.map((item) => keyOf(asked(mailboxId, item)))), present))
      return "changed_meanwhile";
    const starting = [...wanted].filter((key) => !present.has(key));
    if (starting.some((key) => things.gone.has(key))) return "right_gone";
    if (!mayChange(actor, member, mailboxId)) throw new Halt("rights_lost");
    decision.starts.push(...starting.map((key) => things.living.get(key)!));
    decision.ends.push(...there.filter((grant) => !wanted.has(keyOf(grant))));
  }

  const { profile } = known;
  if (person.namesBefore && !(profile && sameNames(profile, person))) {
    if (!profile || !sameNames(profile, person.namesBefore)) return "changed_meanwhile";
    if (!mayChange(actor, member, null)) throw new Halt("rights_lost");
    decision.names = { firstName: person.firstName, lastName: person.lastName, before: profile };
  }
  // Both directions (D9): by now the starter may hold less than when the file was checked.
  if (lacking(actor, rightsOf([...decision.starts, ...decision.ends])).length > 0) throw new Halt("rights_lost");
  return decision;
}

/** Who edits users, or gives access to that mailbox, or finishes an invitation of theirs, as on the pages. */
const mayChange = (actor: Actor, { status }: Member, mailboxId: string | null): boolean =>
  can(actor, "users.edit") ||
  (mailboxId !== null && can(actor, "members.grant", mailboxId)) ||
  ((status === "draft" || status === "invited") && can(actor, "invites.send"));

const isOwner = (thing: Giving) => thing.systemRole === "owner" && thing.mailboxId === null;

/** Whether an active Owner stops being one by it. */
export const losesOwner = ({ member, starts, ends }: Decision): boolean =>
  member.status === "active" && ends.some(isOwner) && !starts.some(isOwner);

/** Whether an active member becomes an Owner by it. */
export const becomesOwner = ({ member, starts }: Decision): boolean =>
  member.status === "active" && starts.some(isOwner);
