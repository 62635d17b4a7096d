import { Router } from "express";
import { signedIn } from "../access/guard.ts";
import { personOf } from "../access/person.ts";
import { flash } from "../http/flash.ts";
import { t } from "../i18n/t.ts";
import { endTrust } from "./end.ts";
import { endAllTrust } from "./end-all.ts";

/**
 * Where one is not asked for the second factor. At /profile/security/trusted-devices. Ending it takes no fresh proof: it locks
 * nobody out, and whoever fears for a device should not be held up.
 */
export const trustedDeviceRoutes = Router();

trustedDeviceRoutes.post("/end", signedIn(), async (req, res) => {
  const count = await endAllTrust(personOf(req));
  flash(
    req,
    t(
      "{count, plural, =0 {There was no trusted device.} one {# device is not trusted any more.} other {# devices are not trusted any more.}}",
      { count },
    ),
  );
  res.redirect(303, "/profile/security");
});

trustedDeviceRoutes.post("/:deviceId/end", signedIn(), async (req, res) => {
  const { device } = await endTrust(personOf(req), req.params.deviceId);
  flash(req, t("Signing in there asks for the second factor again: {device}.", { device }));
  res.redirect(303, "/profile/security");
});
