import { type Request, type Response, Router } from "express";
import { allow } from "../access/guard.ts";
import { flash } from "../http/flash.ts";
import { attempt, blankForm, type Form, readForm } from "../http/form.ts";
import { page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { regions } from "../instance/regions.ts";
import { showPhone } from "../profile/phone.ts";
import { askUserAddress } from "./ask-address.ts";
import { addressForm, settingsForm } from "./forms.ts";
import { settingsPage } from "./queries.ts";
import { saveSettings } from "./save.ts";

/** The Settings tab of a corporate user (A52–A55). At /admin/users. */
export const userSettings = Router();

interface Refused {
  settings?: Form<unknown>;
  address?: Form<unknown>;
}

async function show(req: Request<{ id: string }>, res: Response, refused: Refused = {}) {
  const found = await settingsPage(req.actor, req.params.id);
  const { firstName, lastName, locale, timeZone, region, phone, defaultMailboxId } = found.user;
  const bad = refused.settings ?? refused.address;
  const now = { firstName, lastName, locale, timeZone, region, phone: showPhone(phone) };
  return page(bad ? res.status(bad.status ?? 422) : res, "user-settings/index", {
    title: found.name,
    ...found,
    tab: "settings",
    regions: regions(),
    form: refused.settings ?? blankForm({ ...now, defaultMailboxId: defaultMailboxId ?? "" }),
    addressForm: refused.address ?? blankForm({ domain: found.user.email.replace(/^.*@/, "") }),
  });
}

userSettings.get("/:id/settings", allow("users.view"), (req, res) => show(req, res));

userSettings.post("/:id/settings", allow("users.edit"), async (req, res) => {
  const form = readForm(settingsForm, req.body);
  const member = await attempt(form, (values) => saveSettings(req.actor, req.params.id, values));
  if (!member) return show(req, res, { settings: form });

  flash(req, t("Saved."));
  return res.redirect(303, `/admin/users/${member.id}/settings`);
});

userSettings.post("/:id/address", allow("users.edit"), async (req, res) => {
  const form = readForm(addressForm, req.body);
  const email = await attempt(form, (values) => askUserAddress(req.actor, req.params.id, values));
  if (!email) return show(req, res, { address: form });

  flash(req, t("A mail is on its way to {email}. The address changes once it is confirmed there.", { email }));
  return res.redirect(303, `/admin/users/${req.params.id}/settings`);
});
