import { type Request, type Response, Router } from "express";
import { signedIn } from "../access/guard.ts";
import { personOf } from "../access/person.ts";
import { flash } from "../http/flash.ts";
import { attempt, blankForm, type Form, readForm } from "../http/form.ts";
import { page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { instance } from "../instance/queries.ts";
import { regions } from "../instance/regions.ts";
import { orphanedSince } from "../releases/queries.ts";
import { editProfile } from "./edit.ts";
import { profileForm } from "./forms.ts";
import { showPhone } from "./phone.ts";
import { findProfile, mayEditOwn, readableMailboxes } from "./queries.ts";
import { securityPage } from "./security-page.ts";

export const profile = Router();

/** The Profile tab, with the row's newest version: who was too late may save again on purpose (T56). */
async function show(req: Request, res: Response, refused?: Form<unknown>) {
  const user = await findProfile(personOf(req).userId);
  const { firstName, lastName, locale, timeZone, region, phone, defaultMailboxId } = user;
  const { phoneEnabled } = await instance();
  const now = { firstName, lastName, locale, timeZone, region, phone: showPhone(phone) };
  return page(res.status(refused?.status ?? (refused ? 422 : 200)), "profile/index", {
    title: t("Profile"),
    user,
    phoneEnabled,
    orphaned: user.corporateAccountId ? await orphanedSince(user.id) : undefined,
    regions: regions(),
    editable: await mayEditOwn(user),
    mailboxes: await readableMailboxes(user.id, { chosen: defaultMailboxId }),
    form: refused ?? blankForm({ ...now, defaultMailboxId: defaultMailboxId ?? "" }),
  });
}

profile.get("/", signedIn(), (req, res) => show(req, res));

profile.post("/", signedIn(), async (req, res) => {
  const form = readForm(profileForm, req.body);
  const user = await attempt(form, (values) => editProfile(personOf(req), values));
  if (!user) return show(req, res, form);

  flash(req, t("Your profile is saved."));
  return res.redirect(303, "/profile");
});

profile.get("/security", signedIn(), (req, res) => securityPage(req, res));

// Where a refused form leaves the browser: whoever asks for that address again gets the page.
profile.get(["/security/password", "/security/address"], signedIn(), (_req, res) =>
  res.redirect(303, "/profile/security"),
);
