import { type Request, type Response, Router } from "express";
import { z } from "zod";
import { address } from "../access/address.ts";
import { allowInstance } from "../access/guard.ts";
import { personOf } from "../access/person.ts";
import { administrators } from "../alarms/recipients.ts";
import { confirmed } from "../confirmations/confirmed.ts";
import { flash } from "../http/flash.ts";
import { attempt, blankForm, type Form, readForm } from "../http/form.ts";
import { page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { addAdministrator } from "./add.ts";
import { removeAdministrator } from "./remove.ts";

/** Who administers the installation. At /instance/administrators. */
export const instanceAdmins = Router();

const here = "/instance/administrators";

const show = async (_req: Request, res: Response, refused?: Form<unknown>) =>
  page(refused ? res.status(422) : res, "instance-admins/index", {
    title: t("Administrators of the installation"),
    people: await administrators(),
    form: refused ?? blankForm(),
  });

instanceAdmins.get("/", allowInstance(), (req, res) => show(req, res));

instanceAdmins.post("/", allowInstance(), confirmed(), async (req, res) => {
  const form = readForm(z.object({ email: address() }), req.body);
  const added = await attempt(form, (values) => addAdministrator(personOf(req), values));
  if (!added) return show(req, res, form);
  flash(req, t("{email} administers this installation from now on.", { email: added.email }));
  return res.redirect(303, here);
});

instanceAdmins.post("/:userId/removal", allowInstance(), confirmed(), async (req, res) => {
  const { email } = await removeAdministrator(personOf(req), req.params.userId);
  flash(req, t("{email} does not administer this installation any more.", { email }));
  return res.redirect(303, here);
});
