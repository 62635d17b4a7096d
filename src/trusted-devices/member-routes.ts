import { Router } from "express";
import { allow } from "../access/guard.ts";
import { flash } from "../http/flash.ts";
import { t } from "../i18n/t.ts";
import { endTrustFor } from "./end-for.ts";

/**
 * Where a corporate user is not asked for the second factor: listed on the tab Sign-ins, ended here by those who edit users. At
 * /admin/users. It takes no fresh proof, as little as ending one's own does: it locks nobody out.
 */
export const userTrustedDevices = Router();

const words = (count: number) =>
  t("{count, plural, one {# device is not trusted any more.} other {# devices are not trusted any more.}}", { count });

userTrustedDevices.post("/:id/trusted-devices/end", allow("users.edit"), async (req, res) => {
  const { member, count } = await endTrustFor(req.actor, req.params.id);
  flash(req, words(count));
  res.redirect(303, `/admin/users/${member.id}/sign-ins`);
});

userTrustedDevices.post("/:id/trusted-devices/:deviceId/end", allow("users.edit"), async (req, res) => {
  const { member, count } = await endTrustFor(req.actor, req.params.id, req.params.deviceId);
  flash(req, words(count));
  res.redirect(303, `/admin/users/${member.id}/sign-ins`);
});
