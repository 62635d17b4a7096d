import { type Request, type Response, Router } from "express";
import { allow } from "../access/guard.ts";
import { nameOf } from "../access/load-actor.ts";
import { Conflict } from "../http/errors.ts";
import { flash } from "../http/flash.ts";
import { attempt, blankForm, type Form, readForm } from "../http/form.ts";
import { localPath } from "../http/local-path.ts";
import { page } from "../http/render.ts";
import { formatLastDay, lastDay } from "../i18n/days.ts";
import { t } from "../i18n/t.ts";
import { memberFor } from "../members/queries.ts";
import { openEditPage, pathOf } from "../rights/page.ts";
import { dateGrant } from "./date-grant.ts";
import { assertGrant, extendGrant } from "./extend-grant.ts";
import { extendForm, grantDateForm, guestForm, lineQuery } from "./forms.ts";
import { endDates, type Show, showWords } from "./queries.ts";
import { changeGuest, isEnded } from "./set-guest.ts";

/** The end dates of one user, at /admin/users. What may be changed is asked in the verbs, as on the other tabs. */
export const userEndDates = Router();

async function showGuest(req: Request<{ id: string }>, res: Response, form?: Form<unknown>) {
  const edit = await openEditPage(req.actor, req.params.id);
  const { member } = edit;
  const ended = isEnded(member);
  const typed = { until: member.guestUntil && !ended ? lastDay(member.guestUntil) : "" };
  const locals = { title: t("Guest until"), ...edit, ended, form: form ?? blankForm(typed) };
  return page(form ? res.status(form.status ?? 422) : res, "end-dates/guest", locals);
}

userEndDates.get("/:id/guest", allow("users.view", "invites.send"), (req, res) => showGuest(req, res));

userEndDates.post("/:id/guest", allow("users.view", "invites.send"), async (req, res) => {
  const form = readForm(guestForm, req.body);
  const before = await memberFor(req.actor.accountId, req.params.id);
  const again = isEnded(before) && form.values.until;
  const member = await attempt(form, ({ until }) => changeGuest(req.actor, before.id, until));
  if (!member) return showGuest(req, res, form);

  const { guestUntil } = member;
  const words = { name: nameOf(member), day: guestUntil ? formatLastDay(guestUntil) : "" };
  if (again) flash(req, t("{name} is back, as a guest until {day}.", words));
  else flash(req, guestUntil ? t("{name} is a guest until {day}.", words) : t("{name} is no guest any more.", words));
  res.redirect(303, localPath(req.body?.back, pathOf(member.id, null)));
});

async function showGrant(req: Request<{ id: string }>, res: Response, where: unknown, form?: Form<unknown>) {
  const edit = await openEditPage(req.actor, req.params.id);
  const asked = readForm(lineQuery, where).values;
  const line = edit.lines.find(({ id, state }) => id === asked.line && state !== "new");
  if (!line) throw new Conflict(t("This user does not hold that any more. Open the page again."));
  const back = pathOf(edit.member.id, line.mailboxId);
  const typed = { until: line.endsAt ? lastDay(line.endsAt) : "" };
  const locals = { title: t("End date"), ...edit, line, back, form: form ?? blankForm(typed) };
  return page(form ? res.status(form.status ?? 422) : res, "end-dates/grant", locals);
}

userEndDates.get("/:id/end-date", allow("users.view", "invites.send"), (req, res) => showGrant(req, res, req.query));

userEndDates.post("/:id/end-date", allow("users.view", "invites.send"), async (req, res) => {
  const form = readForm(grantDateForm, req.body);
  const member = await attempt(form, ({ line, until }) => dateGrant(req.actor, req.params.id, line, until));
  if (!member) return showGrant(req, res, req.body, form);
  res.redirect(303, pathOf(member.id, form.values.mailbox));
});

/** All end dates of the account, at /admin/end-dates. */
export const endDateList = Router();

async function list(req: Request, res: Response, refused?: { key: string; message: string }) {
  const show: Show = req.query.show === "past" ? "past" : "upcoming";
  const found = await endDates(req.actor, show, req.query.after);
  const later = (until: Date) => lastDay(new Date(Math.max(until.getTime(), Date.now()) + 30 * 86_400_000));
  const locals = { title: t("End dates"), show, shows: showWords(), ...found, later, refused };
  return page(refused ? res.status(422) : res, "end-dates/index", locals);
}

endDateList.get("/", allow("users.view"), (req, res) => list(req, res));

endDateList.post("/:grantId", allow("users.edit", "invites.send"), async (req, res) => {
  await assertGrant(req.actor, req.params.grantId);
  const form = readForm(extendForm, req.body);
  const member = await attempt(form, ({ until }) => extendGrant(req.actor, req.params.grantId, until!));
  if (!member) return list(req, res, { key: req.params.grantId, message: Object.values(form.errors)[0] ?? "" });
  flash(req, t("{name} holds it until {day}.", { name: nameOf(member), day: formatLastDay(form.values.until!) }));
  res.redirect(303, "/admin/end-dates");
});
