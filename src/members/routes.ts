import { Router } from "express";
import { allow } from "../access/guard.ts";
import { nameOf } from "../access/load-actor.ts";
import { flash } from "../http/flash.ts";
import { fragment, page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { backToList } from "./back.ts";
import { blockMember } from "./block.ts";
import { memberFor } from "./queries.ts";
import { meaningOf, removeMember } from "./remove.ts";
import { notGivenAgain, restoreMember } from "./restore.ts";
import { unblockMember } from "./unblock.ts";

/** What is done to somebody's place in the account, at /admin/users. */
export const members = Router();

members.post("/:id/block", allow("users.block"), async (req, res) => {
  const member = await blockMember(req.actor, req.params.id);
  flash(req, t("{name} is blocked.", { name: nameOf(member) }));
  res.redirect(303, backToList(req));
});

members.post("/:id/unblock", allow("users.block"), async (req, res) => {
  const member = await unblockMember(req.actor, req.params.id);
  flash(req, t("{name} is not blocked any more.", { name: nameOf(member) }));
  res.redirect(303, backToList(req));
});

members.get("/:id/removal", allow("users.delete"), async (req, res) => {
  const member = await memberFor(req.actor.accountId, req.params.id);
  const meaning = await meaningOf(member);
  const locals = { title: t("Delete user"), member, name: nameOf(member), back: backToList(req), ...meaning };
  if (req.get("HX-Request")) return fragment(res, "members/_removal", locals);
  return page(res, "members/removal", locals);
});

members.post("/:id/removal", allow("users.delete"), async (req, res) => {
  const member = await removeMember(req.actor, req.params.id);
  flash(req, t("{name} is removed from this account, and can be restored for 30 days.", { name: nameOf(member) }));
  res.redirect(303, backToList(req));
});

members.post("/:id/restore", allow("users.delete"), async (req, res) => {
  const { member, left } = await restoreMember(req.actor, req.params.id);
  flash(req, t("{name} is back.", { name: nameOf(member) }));
  if (left > 0) flash(req, notGivenAgain(left), "failed");
  res.redirect(303, backToList(req));
});
