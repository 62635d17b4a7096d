import { Router } from "express";
import { allow } from "../access/guard.ts";
import { nameOf } from "../access/load-actor.ts";
import { confirmed } from "../confirmations/confirmed.ts";
import { managedMember } from "../corporate/queries.ts";
import { factorsOf } from "../factors/queries.ts";
import { flash } from "../http/flash.ts";
import { page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { resetFactors } from "./reset.ts";

/** For corporate users who lost their second factor. At /admin/users. */
export const factorResets = Router();

factorResets.get("/:id/factor-reset", allow("users.edit"), confirmed(), async (req, res) => {
  const member = await managedMember(req.actor.accountId, req.params.id);
  const { any } = await factorsOf(member.userId!);
  const title = t("Take off the second factor");
  return page(res, "factor-resets/index", { title, member, name: nameOf(member), any });
});

factorResets.post("/:id/factor-reset", allow("users.edit"), confirmed(), async (req, res) => {
  const member = await resetFactors(req.actor, req.params.id);
  flash(req, t("The second factor of {name} is off. They are signed out, and told by mail.", { name: nameOf(member) }));
  res.redirect(303, `/admin/users/${member.id}/settings`);
});
