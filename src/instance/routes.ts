import { type Request, type Response, Router } from "express";
import { allowInstance } from "../access/guard.ts";
import type { InstanceSettings } from "../access/instance-settings.ts";
import { personOf } from "../access/person.ts";
import { confirmed } from "../confirmations/confirmed.ts";
import { flash } from "../http/flash.ts";
import { attempt, blankForm, type Form, readForm } from "../http/form.ts";
import { page } from "../http/render.ts";
import { localeNames, t } from "../i18n/t.ts";
import { changeInstance } from "./change.ts";
import { instanceForm } from "./forms.ts";
import { instance } from "./queries.ts";
import { regions } from "./regions.ts";

/** What whoever runs the installation decides for all of its accounts. At /instance. */
export const instanceRoutes = Router();

const filledIn = (now: InstanceSettings) =>
  blankForm({
    name: now.name,
    languages: now.languages,
    registrationOpen: now.registrationOpen ? "on" : "",
    invitationDays: String(now.invitationDays),
    sessionIdleMinutes: String(now.sessionIdleMinutes),
    sessionHours: String(now.sessionHours),
    phoneEnabled: now.phoneEnabled ? "on" : "",
    defaultRegion: now.defaultRegion,
    mxHosts: now.mxHosts.join("\n"),
    spfInclude: now.spfInclude,
    dkimSelector: now.dkimSelector,
  });

async function show(res: Response, refused?: Form<unknown>) {
  const now = await instance();
  return page(res.status(refused?.status ?? (refused ? 422 : 200)), "instance/settings", {
    title: t("Settings of this installation"),
    version: now.version,
    allLocales: Object.entries(localeNames),
    regions: regions(),
    form: refused ?? filledIn(now),
  });
}

instanceRoutes.get("/", allowInstance(), (_req, res) => res.redirect(303, "/instance/settings"));

instanceRoutes.get("/settings", allowInstance(), confirmed(), (_req, res) => show(res));

instanceRoutes.post("/settings", allowInstance(), confirmed(), async (req: Request, res) => {
  const form = readForm(instanceForm, req.body);
  const saved = await attempt(form, (values) => changeInstance(personOf(req), values));
  if (!saved) return show(res, form);

  flash(req, t("The settings are saved."));
  return res.redirect(303, "/instance/settings");
});
