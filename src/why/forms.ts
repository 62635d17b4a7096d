import { sql } from "drizzle-orm";
import { z } from "zod";
import type { Actor } from "../access/actor.ts";
import { isPermission, permissions } from "../access/permissions.ts";
import { db } from "../db/client.ts";
import { findPlace, type Place } from "../grants/place.ts";
import { type Form, readForm } from "../http/form.ts";
import { t } from "../i18n/t.ts";
import type { Question } from "./paths.ts";

/** What somebody asked, as it was typed; `question` is there when it can be answered. */
export interface Asked {
  form: Form<unknown>;
  question: Question | null;
  place: Place;
  /** The moment as the field of the form takes it, by the reader's clock; what was typed while it is none. */
  clock: string;
}

const fields = z.object({ permission: z.string().max(60), mailbox: z.string().max(60), at: z.string().max(40) });

/**
 * Reads the question of an address: a permission of the catalogue, a mailbox of the account (a neighbour's: 404), and a
 * moment. What cannot be answered is said beside its field, and never answered as something else.
 */
export async function readQuestion(
  actor: Actor,
  query: unknown,
  otherwise: Record<string, string> = {},
): Promise<Asked> {
  const form = readForm(fields, { ...otherwise, ...(query as object) });
  const { permission = "", mailbox = "", at = "" } = form.typed as Record<string, string>;
  const place = await findPlace(db, actor.accountId, mailbox || null);
  if (permission && !isPermission(permission)) form.errors.permission = t("There is no such permission.");
  const moment = at ? await momentOf(actor, at) : null;
  if (moment === undefined) form.errors.at = t("This is no date. Example: 2026-03-12T09:30");
  else if (moment && moment.getTime() > Date.now())
    form.errors.at = t("This date has not come yet. Nobody knows what counts then.");
  form.ok = Object.keys(form.errors).length === 0;
  if (!form.ok || !isPermission(permission) || moment === undefined) return { form, place, clock: at, question: null };
  const mailboxId = permissions[permission].level === "mailbox" ? place.mailboxId : null;
  return { form, place, clock: clockOf(actor, moment), question: { permission, mailboxId, at: moment } };
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
