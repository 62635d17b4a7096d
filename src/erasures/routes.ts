import { type Request, type Response, Router } from "express";
import { signedIn } from "../access/guard.ts";
import { personOf } from "../access/person.ts";
import { confirmed } from "../confirmations/confirmed.ts";
import { ownedAlone } from "../deletions/queries.ts";
import { flash } from "../http/flash.ts";
import { attempt, blankForm, type Form, readForm } from "../http/form.ts";
import { page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { beginAnew } from "../sessions/begin-anew.ts";
import { eraseProfile } from "./erase.ts";
import { erasureForm } from "./forms.ts";
import { whatEnds } from "./queries.ts";

/** Mounted at /profile/erasure: somebody erases themselves. */
export const erasures = Router();

async function show(req: Request, res: Response, form?: Form<unknown>) {
  const { userId } = personOf(req);
  const { shared, own } = await ownedAlone(userId);
  const ends = await whatEnds(
    userId,
    own.map(({ id }) => id),
  );
  return page(form ? res.status(form.status ?? 422) : res, "erasures/index", {
    title: t("Erase me"),
    ...{ shared, own, ...ends },
    form: form ?? blankForm(),
  });
}

erasures.get("/", signedIn(), confirmed(), (req, res) => show(req, res));

erasures.post("/", signedIn(), confirmed(), async (req, res) => {
  const form = readForm(erasureForm, req.body);
  const done = await attempt(form, (values) => eraseProfile(personOf(req), values));
  if (!done) return show(req, res, form);

  await beginAnew(req);
  flash(req, t("You are erased: your profile is deleted, and the logs forget your name and address."));
  return res.redirect(303, "/sign-in");
});
