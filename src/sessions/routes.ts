import { Router } from "express";
import { signedIn } from "../access/guard.ts";
import { personOf } from "../access/person.ts";
import { confirmed } from "../confirmations/confirmed.ts";
import { flash } from "../http/flash.ts";
import { hashed } from "../http/session-row.ts";
import { t } from "../i18n/t.ts";
import { endSession } from "./end.ts";
import { endOtherSessions } from "./end-others.ts";

/** One's own sessions elsewhere, ended after a fresh proof: whoever finds a browser open locks nobody out (ASVS 7.5.2). */
export const ownSessions = Router();

ownSessions.post("/end-others", signedIn(), confirmed(), async (req, res) => {
  const count = await endOtherSessions(personOf(req), hashed(req.sessionID));
  flash(
    req,
    t(
      "{count, plural, =0 {There was no other session.} one {# other session is ended.} other {# other sessions are ended.}}",
      { count },
    ),
  );
  res.redirect(303, "/profile/security");
});

ownSessions.post("/:id/end", signedIn(), confirmed(), async (req, res) => {
  const { device } = await endSession(personOf(req), req.params.id);
  flash(req, t("The session is ended: {device}.", { device }));
  res.redirect(303, "/profile/security");
});
