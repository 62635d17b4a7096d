import { type Request, type Response, Router } from "express";
import { open, signedIn } from "../access/guard.ts";
import { personOf, requestOf } from "../access/person.ts";
import { deadLink } from "../http/dead-link.ts";
import { flash } from "../http/flash.ts";
import { attempt, blankForm, type Form, readForm } from "../http/form.ts";
import { page } from "../http/render.ts";
import { tokenPage } from "../http/security.ts";
import { t } from "../i18n/t.ts";
import { securityPage } from "../profile/security-page.ts";
import { askAddressChange } from "./ask.ts";
import { changeAddress } from "./change.ts";
import { askForm, confirmForm } from "./forms.ts";
import { findAddressChange } from "./queries.ts";

export const addresses = Router();

addresses.post("/profile/security/address", signedIn(), async (req, res) => {
  const form = readForm(askForm, req.body);
  const asked = await attempt(form, async (typed) => {
    await askAddressChange(personOf(req), typed);
    return true;
  });
  if (!asked) return securityPage(req, res, { address: form });

  flash(
    req,
    t("We have sent a mail to {email}. Your address changes when the link in it is confirmed.", {
      email: form.values.email,
    }),
  );
  return res.redirect(303, "/profile/security");
});

addresses.use("/address/:token", tokenPage);

/** What the link stands for now: a question, the success that it had, or why it does not work. */
async function show(req: Request, res: Response, form?: Form<unknown>) {
  const found = await findAddressChange(String(req.params.token));
  const email = found?.token.email;
  if (found?.done) {
    return page(res, "addresses/changed", { title: t("Your address is changed"), layout: "plain", email });
  }
  if (found?.state !== "good") {
    return deadLink(res, found?.state ?? "unknown", { href: "/profile/security", words: t("Ask for a new link") });
  }
  return page(form ? res.status(form.status ?? 422) : res, "addresses/confirm", {
    title: t("Use this address?"),
    layout: "plain",
    email,
    sure: found.sure,
    form: form ?? blankForm(),
  });
}

addresses.get("/address/:token", open("a mailed link; it signs nobody in"), (req, res) => show(req, res));

addresses.post("/address/:token", open("a mailed link; it signs nobody in"), async (req, res) => {
  const found = await findAddressChange(req.params.token);
  if (found?.state !== "good") return show(req, res);
  const form = readForm(confirmForm, req.body);
  const done = await attempt(form, (values) => changeAddress(req.params.token, values, requestOf(req)));
  if (!done) return show(req, res, form);
  return res.redirect(303, req.originalUrl);
});
