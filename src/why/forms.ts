import { sql } from "drizzle-orm";
import { z } from "zod";
import type { Actor } from "../access/actor.ts";
import { isPermission, permissions } from "../access/permissions.ts";
import { db } from "../db/client.ts";
import { findPlace, type Place } from "../grants/place.ts";
import { type Form, readForm } from "../http/form.ts";
import { isUuid } from "../http/ids.ts";
import { t } from "../i18n/t.ts";
import type { Question } from "./paths.ts";
import { type Choice, matching } from "./queries.ts";

/** What somebody asked, as it was typed; `question` is there when it can be answered. */
export interface Asked {
  form: Form<unknown>;
  question: Question | null;
  place: Place;
  /** The mailbox as its field shows it: the address of the one that is asked about, else what was typed. */
  box: string;
  /** The mailboxes among which to choose, where what was typed fits several: the first of them. */
  matches: Choice[];
  /** The moment as the field of the form takes it, by the reader's clock; what was typed while it is none. */
  clock: string;
}

const fields = z.object({ permission: z.string().max(60), mailbox: z.string().max(320), at: z.string().max(40) });

/**
 * Reads the question of an address: a permission of the catalogue, a mailbox of the account (by its id, where a neighbour's
 * is 404, or as somebody types it: by its address, its name, or a part of them), and a moment. What cannot be answered is said beside its field, and never answered as something else.
 */
export async function readQuestion(
  actor: Actor,
  query: unknown,
  otherwise: Record<string, string> = {},
): Promise<Asked> {
  const form = readForm(fields, { ...otherwise, ...(query as object) });
  const { permission = "", mailbox: named = "", at = "" } = form.typed as Record<string, string>;
  const text = named.replaceAll("\u0000", "").trim();
  const matches = text && !isUuid(text) && form.ok ? await matching(actor.accountId, text) : [];
  const mailboxId = isUuid(text) ? text : matches.length === 1 ? matches[0]!.id : null;
  const place = await findPlace(db, actor.accountId, mailboxId);
  if (mailboxId) form.typed.mailbox = mailboxId;
  else if (text)
    form.errors.mailbox ??=
      matches.length > 0 ? t("Several mailboxes fit. Choose one.") : t("No mailbox is called like that.");
  if (permission && !isPermission(permission)) form.errors.permission = t("There is no such permission.");
  const moment = at ? await momentOf(actor, at) : null;
  if (moment === undefined) form.errors.at = t("This is no date. Example: 2026-03-12T09:30");
  else if (moment && moment.getTime() > Date.now())
    form.errors.at = t("This date has not come yet. Nobody knows what counts then.");
  form.ok = Object.keys(form.errors).length === 0;
  const asked = { form, place, box: place.address ?? text, matches: mailboxId ? [] : matches };
  if (!form.ok || !isPermission(permission) || moment === undefined) return { ...asked, clock: at, question: null };
  const where = permissions[permission].level === "mailbox" ? place.mailboxId : null;
  return { ...asked, clock: clockOf(actor, moment), question: { permission, mailboxId: where, at: moment } };
}

/** Swedish writes times as fields take them: 2026-03-12 09:30:00. */
const clockOf = ({ timeZone }: Actor, at: Date | null) =>
  at?.toLocaleString("sv-SE", { timeZone, dateStyle: "short", timeStyle: "medium" }).replace(" ", "T") ?? "";

const local = /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?))?$/;
const exact = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)$/;

/**
 * A moment: RFC 3339, or a date with or without a time as the reader's clock shows it. A day means its end, and of today
 * now. Undefined for what is none.
 */
export async function momentOf(actor: Actor, text: string): Promise<Date | null | undefined> {
  if (exact.test(text)) {
    const at = new Date(text);
    return Number.isNaN(at.getTime()) ? undefined : at;
  }
  const [, day, time] = local.exec(text) ?? [];
  const stated = `${day}T${time ?? "00:00"}Z`;
  if (!day || Number.isNaN(Date.parse(stated)) || !new Date(stated).toISOString().startsWith(day)) return undefined;
  const [row] = await db.execute<{ at: string }>(sql`
    select to_json((${`${day} ${time ?? "00:00"}`}::timestamp + ${time ? "0" : "1 day"}::interval) at time zone ${actor.timeZone}) as at`);
  const at = new Date(row!.at);
  if (!time && at.getTime() > Date.now() && at.getTime() - Date.now() <= 90_000_000) return null;
  return time ? at : new Date(at.getTime() - 1);
}
