import { Router } from "express";
import { allow } from "../access/guard.ts";
import { nameOf } from "../access/load-actor.ts";
import { flash } from "../http/flash.ts";
import { page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { backToList } from "../members/back.ts";
import { copyPasswordLink } from "./copy-link.ts";
import { resendPasswordMail } from "./resend.ts";

/** Helping those who were created here to their first password. At /admin/users. */
export const firstPasswords = Router();

firstPasswords.post("/:id/password-mail", allow("users.create"), async (req, res) => {
  const { email } = await resendPasswordMail(req.actor, req.params.id);
  flash(
    req,
    t("A new mail to create a password is on its way to {email}. The earlier link does not work any more.", { email }),
  );
  res.redirect(303, backToList(req, `/admin/users/${req.params.id}/account`));
});

firstPasswords.post("/:id/password-link", allow("users.create"), async (req, res) => {
  const { member, link, until } = await copyPasswordLink(req.actor, req.params.id);
  return page(res, "first-passwords/link", { title: t("Copy link"), member, name: nameOf(member), link, until });
});
