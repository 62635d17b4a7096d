import type { Response } from "express";
import { type Actor, can } from "../access/actor.ts";
import { nameOf } from "../access/load-actor.ts";
import type { Permission } from "../access/permissions.ts";
import { lacking } from "../access/policy.ts";
import { assertMayLook, whyReadOnly } from "../changes/may-edit.ts";
import { findPending } from "../changes/queries.ts";
import { db } from "../db/client.ts";
import type { PendingGrant } from "../db/schema.ts";
import type { Standing } from "../grants/effective.ts";
import { called, keyOf, redates, rightsOf } from "../grants/giving.ts";
import { findPlace, type Place } from "../grants/place.ts";
import { currentGrants, type Grant } from "../grants/queries.ts";
import { resolveLiving } from "../grants/resolve.ts";
import { page } from "../http/render.ts";
import { formatLastDay } from "../i18n/days.ts";
import { formatDate } from "../i18n/format.ts";
import { t } from "../i18n/t.ts";
import { findMember, isRestorable, type Member } from "../members/queries.ts";
import { plannedFor } from "../offboardings/queries.ts";
import { lastChange } from "./history.ts";

/** A role or permission on the edit page: held, not saved yet, or going. */
export interface Line extends Standing {
  /** What is posted to end it, or to take the change back. */
  id: string;
  words: string;
  /** By whom, when and how it was given; empty while it is not saved. */
  from: string;
  /** The last day in the reader's words, as it will be; empty for none. */
  until: string;
  /** The last day that it has now, where another one is not saved yet. */
  dated?: { was: string };
}

/** All that the tabs of one member share. */
export interface EditPage {
  member: Member;
  name: string;
  lines: Line[];
  /** What is held now, whatever is changed and not saved. */
  held: Grant[];
  /** Lines that are not saved yet, on all tabs. */
  changed: Line[];
  /** Somebody else changed this member since the actor began (T56). */
  stale: boolean;
  /** Why the actor may only look; empty when they may edit. */
  readOnly: string;
  /** Whether the member's removal can be taken back by this administrator. */
  restorable: boolean;
  /** How many mailboxes the member will have access to. */
  mailboxes: number;
  /** A planned departure; null: none. */
  leaving: { id: string; dueAt: Date } | null;
  /** Whether this administrator may be offered to offboard them; the form looks closer. */
  offboards: boolean;
}

/**
 * The edit page of one member, for this administrator: what is held, and what they have changed and not saved. 403 for
 * who may neither see users nor invite this one.
 */
export async function openEditPage(
  actor: Actor,
  memberId: string,
  opener: Permission = "users.view",
): Promise<EditPage> {
  const member = await findMember(db, actor.accountId, memberId);
  assertMayLook(actor, member, opener);
  const [held, pending, leaving] = await Promise.all([
    currentGrants(db, actor.accountId, member.id),
    findPending(db, actor, member.id),
    plannedFor(db, member),
  ]);
  const adds = await resolveLiving(db, actor.accountId, pending?.adds ?? []);

  const heldKeys = new Set(held.map(keyOf));
  const byKey = new Map(adds.map((giving) => [keyOf(giving), giving]));
  const going = new Set(pending?.ends ?? []);
  const lines: Line[] = [
    ...held.map((grant) => ({
      ...withDate(grant, byKey.get(keyOf(grant))),
      words: called(grant),
      from: fromWords(grant),
      state: going.has(grant.id) ? ("going" as const) : ("" as const),
    })),
    ...adds
      .filter((giving) => !heldKeys.has(keyOf(giving)))
      .map((giving) => ({
        ...giving,
        id: keyOf(giving),
        from: "",
        until: dayOf(giving),
        words: called(giving),
        state: "new" as const,
      })),
  ];

  const readOnly = whyReadOnly(actor, member, rightsOf(held));
  const changed = readOnly ? [] : lines.filter(({ state, dated }) => state || dated);
  return {
    member,
    name: nameOf(member),
    lines,
    held,
    changed,
    stale: changed.length > 0 && pending?.memberVersion !== member.version,
    readOnly,
    leaving: leaving ? { id: leaving.id, dueAt: leaving.dueAt } : null,
    offboards:
      can(actor, "users.delete") &&
      member.userId !== actor.userId &&
      ["active", "blocked", "waiting"].includes(member.status) &&
      lacking(actor, rightsOf(held)).length === 0,
    restorable: isRestorable(member) && can(actor, "users.delete"),
    mailboxes: new Set(lines.filter(({ mailboxId, state }) => mailboxId && state !== "going").map((l) => l.mailboxId))
      .size,
  };
}

const dayOf = ({ endsAt }: { endsAt?: string | null }) => (endsAt ? formatLastDay(endsAt) : "");

/** A grant with the end that it will have. */
function withDate(grant: Grant, add: PendingGrant | undefined) {
  if (!add || !redates(add, grant)) return { ...grant, until: dayOf(grant) };
  return { ...grant, endsAt: add.endsAt, until: dayOf(add), dated: { was: dayOf(grant) } };
}

/** X3: why somebody holds it, and since when. */
function fromWords({ source, grantedBy, grantedAt }: Grant): string {
  const values = { name: grantedBy, date: formatDate(grantedAt) };
  if (source === "registration") return t("Since the registration, {date}", values);
  if (!grantedBy) return t("Since {date}", values);
  if (source === "invitation") return t("With the invitation of {name}, {date}", values);
  if (source === "import") return t("Imported by {name}, {date}", values);
  return t("Given by {name}, {date}", values);
}

/** Where a tab works: the account, or the mailbox of its address. */
export const placeOf = (actor: Actor, mailboxId: string | undefined): Promise<Place> =>
  findPlace(db, actor.accountId, mailboxId ?? null);

/** The page's address for a member and a place. */
export const pathOf = (memberId: string, mailboxId: string | null): string =>
  mailboxId ? `/admin/users/${memberId}/mailboxes/${mailboxId}` : `/admin/users/${memberId}/account`;

/** The lines of one place. */
export const linesAt = (lines: Line[], mailboxId: string | null): Line[] =>
  lines.filter((line) => line.mailboxId === mailboxId);

/**
 * Both states beside each other: what somebody else saved, and what is pending here (T56). `sending`: what was pressed was
 * Invite user, so going on sends, too.
 */
export async function showConflict(actor: Actor, memberId: string, res: Response, sending = false): Promise<void> {
  const edit = await openEditPage(actor, memberId);
  if (!edit.stale && res.statusCode === 200) return res.redirect(303, pathOf(memberId, null));
  const theirs = await lastChange(edit.member);
  return page(res, "rights/conflict", { title: t("The rights changed meanwhile"), ...edit, theirs, sending });
}
